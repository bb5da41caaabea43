"""The calibre plugin: its own logic here, and inside a real calibre."""
