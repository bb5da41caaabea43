"""A small Komga-compatible server over a folder of CBZ files, for the demo and the tests.

It stands apart: it imports nothing from the rest of Shelfhook. Start it with
`python -m shelfhook.sandbox`, from a test with `process.SandboxProcess` (a process of its own)
or with `server.SandboxServer` (threads of this process).
"""
