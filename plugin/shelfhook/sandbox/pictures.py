"""What an image is: its type and size."""

import io

from shelfhook.sandbox.covers import Picture


def look_at(content: bytes) -> Picture:
    """Tell type and size; an image that nobody can decode keeps a size of nothing."""
    from PIL import Image, UnidentifiedImageError  # only those who ask for pictures need it

    try:
        with Image.open(io.BytesIO(content)) as image:
            return Picture(content, image.get_format_mimetype() or "image/*", *image.size)
    except (UnidentifiedImageError, OSError):
        return Picture(content, "application/octet-stream")
