"""Lists of models on a command line."""


def split(text):
    """The models in a list such as resnet20,resnet56:width=0.5,shortcut=b@32. Options of a model are parted by commas
    too: what has an equals sign but no colon belongs to the model before it."""
    names = []
    for part in text.split(","):
        if names and "=" in part and ":" not in part:
            names[-1] += "," + part
        else:
            names.append(part)
    return names
