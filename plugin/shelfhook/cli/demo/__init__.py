"""`shelfhook demo`: a scan of real comic files becomes a job, before one's eyes.

Only this part of Shelfhook imports the sandbox.
"""

from shelfhook.cli.demo.play import demo

__all__ = ["demo"]
