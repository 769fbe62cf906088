"""Run Marketo-style webhooks over a table of leads, from a notebook."""
