"""What a page may load and use."""

PERMISSIONS = ", ".join(
    [
        *(f"{name}=(self)" for name in ("camera", "microphone", "display-capture", "autoplay", "fullscreen")),
        "screen-wake-lock=(self)",
        *(f"{name}=()" for name in ("geolocation", "payment", "usb", "serial")),
    ]
)


def content_security_policy(host: str) -> str:
    """Everything from this host, nothing inline.

    WebSocket addresses are spelled out because Chromium below 80 and Safari below 15.4 do not count them as 'self';
    `blob:` is for hls.js (media and its worker) and for slides drawn on the page; a `data:` worker
    asks whether the server can be reached again.
    """
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "worker-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
