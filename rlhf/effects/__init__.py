"""What adapters do, measured as deployed: beside the base painter, alone and mixed.

`settings` what may be chosen · `material` what is opened and refused · `hall` which clips, prompts
and noise · `painting` pictures, each painted once · `measuring` pictures to numbers, by `frechet`,
`adherence` and `best_of` · `gallery` painting and looking together · `mixing` response to weights ·
`evaluation` the run · `tables`, `plots`, `contact_sheet`, `report` what it leaves.
"""
