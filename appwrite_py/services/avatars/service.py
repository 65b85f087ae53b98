"""The avatars service: pictures for people, places and pages. Answers are images, not JSON."""

from __future__ import annotations

from appwrite_py.services.avatars.favicon import favicon
from appwrite_py.services.avatars.icons import icons
from appwrite_py.services.avatars.image import image
from appwrite_py.services.avatars.initials import initials
from appwrite_py.services.avatars.photo import photo
from appwrite_py.services.avatars.qr import qr
from appwrite_py.services.avatars.screenshots import screenshots

services = [icons, image, favicon, initials, qr, photo, screenshots]
