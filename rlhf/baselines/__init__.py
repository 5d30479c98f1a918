"""What gives rewards besides a trained reward model: one file each, all with the verb `score`.

A scorer takes a `Gallery` and returns the reward of every showing in it; larger is better, and
only differences between pictures of one clip count.
"""
