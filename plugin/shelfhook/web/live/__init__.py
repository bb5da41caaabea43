"""Live pages: one thread reads what changed in the store, one loop tells all who look.

`tailer` → `hub` → a `client` for each open stream. The server's side of a stream is in
`web.rsgi.streams`; what Flask answers where a stream is refused is in `views`.
"""
