"""Decks from the lessons' text: ``make slides``.

    running     a lesson, run, with its pictures as SVG           drawing     a picture as SVG
    deck        what is a slide                                   saying      what of a text stands on it
    guide       what the guide's page adds to the notes           plans       which slides, how long
    films       explorers without a kernel                        vendor      reveal.js and KaTeX
    page        a deck as one file (deck.css, deck.js)            pieces, fonts, markup     its parts
    written     slides written by hand in a plan              sheet       a run sheet
"""
