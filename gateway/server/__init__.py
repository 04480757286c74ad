"""The server: gunicorn's arbiter, a worker of our own, and the dispatch of each request to the one part that answers it.

`options` sets gunicorn up. In each worker one thread reads (`poller`; `reader`, `head` and `chunks` make requests of bytes
and refuse what is not proper HTTP) and others serve (`lanes` shares them out, so that nobody slow holds up the rest).
`dispatch` opens the case and chooses who answers; `admin` is the operators' listener. Nothing here decides, and no byte
of a refused request is echoed.
"""
