"""What a webhook, a response mapping, a token and a field are: checked when made."""
