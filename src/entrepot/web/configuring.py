"""Django's settings, made from a `Home` when a process asks for them, and not by importing anything.

What a firm may change stands in `HOME/server.toml`; everything else is decided here once: strict content policy,
cookies that no script reads, sign-in with passkeys or a second factor, no mail to anybody unless a server is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
from csp.constants import NONE, SELF
from django.conf import settings

from entrepot.web import server_toml
from entrepot.web.database import database
from entrepot.web.home import Home
from entrepot.web.people import providers

HERE = Path(__file__).parent
APPS = (
    "people",
    "records",
    "runs",
    "actors",
    "discovery",
    "interdependence",
    "coding",
    "protection",
    "sensemaking",
    "api",
)
SESSION_S = 12 * 60 * 60
IDLE_MINUTES = 60
REQUESTS_A_MINUTE = 600
MOST_FORM_BYTES = 5 * 2**20
LANGUAGES = [("en", "English"), ("ko", "한국어"), ("zh-hans", "简体中文")]
CONTENT_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}


def configure(home: Home) -> None:
    """Set Django up for `home`, once a process; a second call changes nothing."""
    if not settings.configured:
        settings.configure(**made_of(home.prepare()))
        django.setup()


def made_of(home: Home) -> dict[str, Any]:
    """Every setting of a server in `home`; raises `InputError` where `server.toml` says what nobody reads."""
    said = home.settings
    server_toml.check(said)
    hosts = list(said.get("hosts", []))
    secure = bool(said.get("https", False))
    return {
        "ENTREPOT": home,
        "SECRET_KEY": home.secret_key,
        "DEBUG": False,
        "ALLOWED_HOSTS": [*hosts, "localhost", "127.0.0.1", "[::1]", "testserver"],
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in hosts],
        "ROOT_URLCONF": "entrepot.web.urls",
        "DATABASES": {"default": database(home)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": said.get("timezone", "UTC"),
        "LANGUAGE_CODE": said.get("language", "en"),
        "LANGUAGES": LANGUAGES,
        "LOCALE_PATHS": [HERE / "locale"],
        "LOGGING": _logging(),
        **_apps(said),
        **_files(home),
        **_sign_in(said),
        **_guard(secure),
        **_limits(said, secure),
        **_mail(home, said),
    }


def _apps(said: Any) -> dict[str, Any]:
    return {
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.openid_connect",
            "allauth.mfa",
            *providers.apps(said.get("sign_in", {})),
            "csp",
            "entrepot.web",
            *(f"entrepot.web.{name}" for name in APPS),
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "entrepot.web.sensemaking.unseen.Unseen",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "entrepot.web.sizes.Sized",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "entrepot.web.people.leaving.Leaving",
            "entrepot.web.people.sessions.Sessions",
            "entrepot.web.api.health.Counted",
            "entrepot.web.logs.RequestLog",
            "entrepot.web.failing.WrongMethod",
            "entrepot.web.failing.Unstorable",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [HERE / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "builtins": ["entrepot.web.sentences"],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "django.template.context_processors.i18n",
                        "entrepot.web.pages.surroundings",
                    ],
                },
            }
        ],
    }


def _files(home: Home) -> dict[str, Any]:
    return {
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "MEDIA_ROOT": home.uploads,
        "FILE_UPLOAD_TEMP_DIR": str(home.uploads),
        "FILE_UPLOAD_PERMISSIONS": 0o600,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": MOST_FORM_BYTES,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 2**20,
    }


def _sign_in(said: Any) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "people.Colleague",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in (
                "MinimumLengthValidator",
                "CommonPasswordValidator",
                "UserAttributeSimilarityValidator",
            )
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_ADAPTER": "entrepot.web.people.signing_in.NobodySignsUp",
        "SOCIALACCOUNT_ADAPTER": "entrepot.web.people.signing_in.OnlyColleagues",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_CHANGE_EMAIL": False,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": True,
        "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"},
        "ACCOUNT_SESSION_REMEMBER": False,
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not said.get("https", False),  # a browser allows localhost only
        "MFA_TOTP_ISSUER": "Entrepot",
        "MFA_FORMS": {"add_webauthn": "entrepot.web.people.passkeys.Add"},
        "SOCIALACCOUNT_PROVIDERS": providers.providers(said.get("sign_in", {})),
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,  # `signing_in` finds colleagues by their addresses
    }


def _guard(secure: bool) -> dict[str, Any]:
    return {
        "CONTENT_SECURITY_POLICY": CONTENT_POLICY,
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_REDIRECT_EXEMPT": ["^health$", "^metrics$"],  # asked from inside, without the proxy
        "SECURE_HSTS_SECONDS": 365 * 24 * 60 * 60 if secure else 0,
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": SESSION_S,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "CSRF_FAILURE_VIEW": "entrepot.web.failing.stale_form",
    }


def _limits(said: Any, secure: bool) -> dict[str, Any]:
    """How long and how often. Behind a proxy the sender's address is what the last `proxies` say; counts are kept by
    each process for itself."""
    return {
        "IDLE_S": 60 * said.get("idle_minutes", IDLE_MINUTES),
        "REQUESTS_A_MINUTE": said.get("requests_a_minute", REQUESTS_A_MINUTE),
        "METRICS_TOKEN": said.get("metrics_token", ""),
        "ALLAUTH_TRUSTED_PROXY_COUNT": said.get("proxies", int(secure)),
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 50_000},
            }
        },
    }


def _mail(home: Home, said: Any) -> dict[str, Any]:
    server = said.get("mail", {})
    if not server:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(home.mail),
        }
    return {
        "EMAIL_HOST": server.get("host", "localhost"),
        "EMAIL_PORT": server.get("port", 587),
        "EMAIL_HOST_USER": server.get("name", ""),
        "EMAIL_HOST_PASSWORD": server.get("password", ""),
        "EMAIL_USE_TLS": server.get("tls", True),
        "DEFAULT_FROM_EMAIL": server.get("from", "entrepot@localhost"),
    }


def _logging() -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "entrepot.web.logs.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"entrepot": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
    }
