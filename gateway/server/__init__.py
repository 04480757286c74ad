"""The server: gunicorn with every wait bounded, and the dispatch of each request to the one part that answers it.

`options` sets gunicorn up, `worker` and `framing` read requests and refuse what is not proper HTTP, `dispatch` opens the
case and chooses who answers. Nothing here decides, and no byte of a refused request is echoed.
"""
