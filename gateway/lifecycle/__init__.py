"""A policy's life: drafted, checked, replayed on what was really asked, signed by two, activated, rolled back, kept.

A draft is a folder. Two registered signers sign one statement about it (`statement`); an act puts it in force
(`acts`), into a history that every worker reads for itself and verifies (`history`). `impact` and `explain` say what a
draft would do. Nothing here decides a request, and no plate is ever read.
"""
