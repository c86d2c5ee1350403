"""Password resets as Django does them, with its own forms and tokens, and Argon2id with Rekey's parameters.

Serves `POST /begin`, `/verify` and `/complete` with JSON, because a load generator has no use for pages. A message is a file
in the folder `mails`, named by its destination. `python django_app.py load N` creates the users.
"""

import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.mail.backends.base import BaseEmailBackend
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

HERE = Path(os.environ["PEER_FOLDER"])


class Argon2id(Argon2PasswordHasher):
    """19 MiB, two passes, one lane (OWASP), as Rekey hashes."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1


class Files(BaseEmailBackend):
    """Writes each message to a file."""

    def send_messages(self, messages):
        for message in messages:
            part = HERE / "mails" / (message.to[0] + ".part")
            part.write_text(message.body)
            part.rename(part.with_suffix(""))
        return len(messages)


settings.configure(
    SECRET_KEY="only for this benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "django.sqlite3",
                           "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30,
                                       "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"}}},
    PASSWORD_HASHERS=[f"{__name__}.Argon2id"],
    EMAIL_BACKEND=f"{__name__}.Files",
    AUTH_PASSWORD_VALIDATORS=[
        {"NAME": "django.contrib.auth.password_validation." + name}
        for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.tokens import default_token_generator  # noqa: E402
from django.utils.http import urlsafe_base64_decode  # noqa: E402


def begin(request):
    form = PasswordResetForm(json.loads(request.body))
    form.is_valid()
    form.save(domain_override="contoso.example", subject_template_name="subject.txt", email_template_name="mail.txt")
    return HttpResponse(status=202)


def proved(body):
    """The user whom a link's two parts prove."""
    user = User.objects.get(pk=urlsafe_base64_decode(body["uid"]).decode())
    return user if default_token_generator.check_token(user, body["token"]) else None


def verify(request):
    return JsonResponse({}, status=200 if proved(json.loads(request.body)) else 422)


def complete(request):
    body = json.loads(request.body)
    user = proved(body)
    form = SetPasswordForm(user, {"new_password1": body["password"], "new_password2": body["password"]})
    if user is None or not form.is_valid():
        return HttpResponse(status=422)
    form.save()
    return HttpResponse(status=204)


urlpatterns = [path("begin", begin), path("verify", verify), path("complete", complete)]
application = get_wsgi_application()


def load(count):
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    (HERE / "mails").mkdir(exist_ok=True)
    (HERE / "templates").mkdir(exist_ok=True)
    (HERE / "templates/subject.txt").write_text("Your password")
    (HERE / "templates/mail.txt").write_text("{{ uid }} {{ token }}")
    password = Argon2id().encode("the old password of a user", "a salt of 16 byt")
    User.objects.bulk_create(
        User(username=f"user{number}", email=f"user{number}@example.org", password=password) for number in range(count)
    )


if __name__ == "__main__":
    load(int(sys.argv[2]))
