"""The printer room: papers as PDF, charts as SVG, tables as CSV and XLSX.

Plain data comes in, bytes go out. Nothing here knows a stage, a database or a request; what may be
printed is said by the templates under `contracts/`.
"""
