# SPDX-License-Identifier: Apache-2.0
"""A strict stand-in for TikTok's API, and the client with which tests run it (docs/tiktok-stand-in.md)."""
