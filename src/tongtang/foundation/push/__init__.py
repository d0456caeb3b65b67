"""Push: events of a topic reach the pages that hold a ticket for it, over Server-Sent Events.

Words: a *ticket* is a short-lived signed right to a set of topics; a *topic* is a channel with a name such as
`lesson:UUID:classroom`; a *publication* is one event sent to one topic; a *stream* is one page's open connection.
The push process keeps nothing on disk: a page that missed too much is told to `resync` and reads its snapshot.
"""
