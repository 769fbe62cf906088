"""Lists of leads in files: rows of text, exactly as written; no pandas."""
