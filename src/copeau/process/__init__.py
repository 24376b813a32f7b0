"""From part and features to the process plan.

In: `Part`, recognition, requirements, machine, material, tools at hand; in-process stock only as an argument.
Out: `Plan`: setups with their holding and workingsteps, each choice with its reason. Never: a motion, G-code, a simulation.
"""
