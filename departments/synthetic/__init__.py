"""Synthetic figures for the sample departments: plausible, seeded, the same on every machine.

National totals follow published figures (calibration.csv: Office for National Statistics and departments, Open
Government Licence v3.0). Everything below national level is invented and describes no place, person or business.
"""
