"""The front door's configuration: one port, divided among the processes and the files of a home.

Contracts that other contexts rely on:

- `/live/<lesson>/<file>` is a file of `media/live/<lesson>/`. Whether a visitor may have it is asked of web at
  `LIVE_ACCESS/<lesson>` with the visitor's cookies: 204 lets it pass, 302, 403 or 404 makes it a 404. The
  answer is kept for `ACCESS_SECONDS` a visitor and lesson, so a right withdrawn ends within that time.
- A view hands out a stored file by an empty answer with `X-Accel-Redirect: /protected/<path below media>`; that we
  stand in front it knows by `X-Sendfile-Type`, which is ours too. The answer's own Cache-Control goes with the file.
- What all classrooms ask for in the same minute goes to the process `rush`; if that is away, to web. Above
  `RUSH_WAITING` at the same time the answer is 503 with `Retry-After`; our pages come again by themselves.
- `X-Real-IP`, `X-Forwarded-For` and `X-Forwarded-Proto` are ours: what a visitor sent under these names is overwritten.
"""

import os
import resource
import shutil
from pathlib import Path
from string import Template

from tongtang.config import tls
from tongtang.config.addresses import EVENTS, RUSH, SIGNALLING, WEB
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import BadVariable, Environment

LIVE_ACCESS = "/classroom/live-access"
ACCESS_SECONDS = 4
# Files of 200 MB and the form around them: that a file is too large is said by the page, not by this number.
UPLOAD_MEGABYTES = 220
# Above what exchange takes, so that its sentence is what a person reads.
ROSTER_MEGABYTES = 300
# Requests of classrooms that wait at the same time; fewer than the backlog of their socket takes.
RUSH_WAITING, RUSH_RETRY_SECONDS = 1900, 5
MIME_TYPES = "/etc/nginx/mime.types"

_MAIN = Template("""\
daemon off;
pid "$folder/nginx.pid";
error_log stderr warn;
worker_processes 2;
worker_rlimit_nofile $files;
$user
events { worker_connections $connections; }
http {
    include $mime_types;
    types { video/mp4 m4s; }
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 75s;
    client_header_timeout 15s;
    client_max_body_size 3m;
    client_body_temp_path "$folder/body";
    proxy_temp_path "$folder/proxy";
    fastcgi_temp_path "$folder/fastcgi";
    uwsgi_temp_path "$folder/uwsgi";
    scgi_temp_path "$folder/scgi";
    proxy_cache_path "$folder/access" keys_zone=access:2m max_size=8m inactive=1m use_temp_path=off;
    # $$uri holds no query string: what a person searched or a ticket that went astray stays out of the log.
    log_format plain '$$remote_addr [$$time_iso8601] $$request_method $$uri $$status $$body_bytes_sent $$request_time';
    access_log /dev/stdout plain;
    gzip on;
    gzip_comp_level 5;
    gzip_min_length 512;
    gzip_vary on;
    gzip_types text/css text/plain application/javascript text/javascript application/json image/svg+xml
        application/manifest+json application/vnd.apple.mpegurl;
    map $$uri $$static_lifetime {
        "~\\.[0-9a-f]{12}\\.[a-z0-9]+$$" "public, max-age=31536000, immutable";
        default "public, max-age=300";
    }
    map $$uri $$live_lifetime {
        "~\\.m3u8$$" "private, no-cache";
        default "private, max-age=60";
    }
    proxy_http_version 1.1;
    proxy_set_header Host $$http_host;
    proxy_set_header Connection "";
    proxy_set_header X-Real-IP $$remote_addr;
    proxy_set_header X-Forwarded-For $$remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Sendfile-Type X-Accel-Redirect;
    # One number for all: the variable only has to hold something.
    limit_conn_zone $$server_port zone=rush:32k;
    limit_conn_status 503;
    upstream web { server "unix:$web"; keepalive 16; }
    upstream rush { server "unix:$rush" max_fails=0; server "unix:$web" backup; keepalive 16; }
    upstream events { server "unix:$events"; }
    upstream signalling { server "unix:$signalling"; }
    server {
        listen $listen;
        $tls
        error_page 502 503 504 /restarting.html;
        location / {
            proxy_pass http://web;
            proxy_read_timeout 60s;
        }
        location ~ "^/pupils/(sign-in|pack|day|sign-ins)$$|^/classroom/receptions/[0-9a-f-]{36}/push-ticket$$" {
            limit_conn rush ${waiting};
            error_page 502 503 504 /later.html;
            proxy_pass http://rush;
            proxy_next_upstream error;
        }
        location = /later.html {
            internal;
            alias "$folder/restarting.html";
            add_header Cache-Control no-store always;
            add_header Retry-After ${retry} always;
        }
        location /preparation/upload/ {
            client_max_body_size ${upload}m;
            proxy_pass http://web;
            proxy_read_timeout 120s;
        }
        location = /imports/upload {
            client_max_body_size ${roster}m;
            proxy_pass http://web;
            proxy_read_timeout 120s;
        }
        location /events {
            proxy_pass http://events;
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
            access_log off;
        }
        location /rtc {
            proxy_pass http://signalling;
            proxy_set_header Host $$http_host;
            proxy_set_header X-Real-IP $$remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Upgrade $$http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_buffering off;
            proxy_read_timeout 2m;
            proxy_send_timeout 2m;
        }
        location ~ "^/live/(?<lesson>[0-9a-f-]{36})/(?<file>(?:g[0-9]+/)?[A-Za-z0-9_-]+\\.(?:m3u8|m4s|mp4))$$" {
            auth_request /live-access-check;
            error_page 403 = @nothing;
            alias "$media/live/$$lesson/$$file";
            add_header Cache-Control $$live_lifetime;
            add_header X-Content-Type-Options nosniff;
            access_log off;
        }
        location /live/ { return 404; }
        location @nothing { return 404; }
        location @refused { return 403; }
        location = /live-access-check {
            internal;
            proxy_pass http://web$live_access/$$lesson;
            proxy_pass_request_body off;
            proxy_set_header Host $$http_host;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Real-IP $$remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            # auth_request knows 2xx, 401 and 403; whatever else web says to a stranger is a refusal.
            proxy_intercept_errors on;
            error_page 301 302 303 400 401 404 405 410 = @refused;
            proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
            proxy_cache access;
            proxy_cache_key "$$host|$$http_cookie|$$lesson";
            proxy_cache_valid 204 ${access_seconds}s;
            proxy_cache_valid 401 403 404 1s;
            proxy_cache_lock on;
        }
        location /protected/ {
            internal;
            alias "$media/";
            add_header X-Content-Type-Options nosniff;
        }
        location /static/ {
            alias "$home/static/";
            add_header Cache-Control $$static_lifetime;
            add_header X-Content-Type-Options nosniff;
            access_log off;
        }
        location = /restarting.html {
            internal;
            # The page also answers uploads whose web process is gone: they are not "too large".
            client_max_body_size ${upload}m;
            root "$folder";
            add_header Cache-Control no-store always;
        }
    }
}
""")
_TLS = Template("""\
ssl_certificate "$certificate";
        ssl_certificate_key "$key";
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:1m;
        error_page 497 = @plain;
        location @plain {
            root "$open";
            try_files $$uri @secure;
        }
        location @secure { return 301 https://$$http_host$$request_uri; }""")
_RESTARTING = """\
<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<body style="font:1.25rem sans-serif;margin:20vh auto;max-width:30rem;padding:1rem"><h1>{title}</h1><p>{text}</p></body>
"""


def folder(env: Environment) -> Path:
    """Where the generated configuration and nginx's temporary files live."""
    return env.run / "nginx"


def program() -> str | None:
    """Where nginx is; Debian keeps it out of the search path of ordinary users."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def command(env: Environment) -> list[str]:
    """The command that runs the front door in the foreground with the configuration that `write` made."""
    return [program() or "nginx", "-e", "stderr", "-p", str(folder(env)), "-c", str(folder(env) / "nginx.conf")]


def write(env: Environment) -> Path:
    """Write the configuration for `env`; its path.

    Raises:
        BadVariable: the home's path holds a character that cannot stand in a configuration of nginx.
    """
    if set('"$\\\n') & set(str(env.home)):
        raise BadVariable(f"TONGTANG_HOME={str(env.home)!r}: give a path without quotes, $ and backslashes")
    folder(env).mkdir(parents=True, exist_ok=True, mode=0o700)
    page = _RESTARTING.format(title=_("One moment"), text=_("Tongtang is restarting. This page comes back by itself."))
    (folder(env) / "restarting.html").write_text(page, encoding="utf-8")
    path = folder(env) / "nginx.conf"
    path.write_text(configuration(env), encoding="utf-8")
    return path


def configuration(env: Environment) -> str:
    """The text of nginx.conf."""
    secure = env.https and tls.exists(env)
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65_536)
    return _MAIN.substitute(
        folder=folder(env),
        home=env.home,
        media=env.media,
        files=files,
        connections=min(files // 2, 16_384),
        # Workers must read a home that only its owner may read: as root they stay root.
        user="user root;" if os.geteuid() == 0 else "",
        mime_types=MIME_TYPES,
        web=WEB.path(env),
        rush=RUSH.path(env),
        events=EVENTS.path(env),
        signalling=SIGNALLING.path(env),
        listen=f"{_address(env.bind)}:{env.port}" + (" ssl" if secure else ""),
        scheme="https" if env.https else "http",
        tls=_tls(env) if secure else "",
        upload=UPLOAD_MEGABYTES,
        roster=ROSTER_MEGABYTES,
        live_access=LIVE_ACCESS,
        waiting=RUSH_WAITING,
        retry=RUSH_RETRY_SECONDS,
        access_seconds=ACCESS_SECONDS,
    )


def _tls(env: Environment) -> str:
    return _TLS.substitute(certificate=tls.certificate(env), key=tls.key(env), open=tls.open_folder(env))


def _address(bind: str) -> str:
    return f"[{bind}]" if ":" in bind else bind
