"""The codes everybody shares: places, periods, groups, units and marks. Imports nothing of the project.

Codes, names and counts: Office for National Statistics, Open Government Licence v3.0.
"""
