"""Safe HTML, text and SVG pictures for every repr."""
