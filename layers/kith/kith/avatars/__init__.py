"""Avatars: pictures of people, kept at Cloudinary."""
