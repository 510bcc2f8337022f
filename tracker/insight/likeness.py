"""Which sentences say the same: how like their terms are, then groups. Arrays, no database; same in, same out.

numpy is imported where it is used, so that only the process that finds the groups holds it.
"""

from .wording import terms_of

# Chosen with tests/insight/truth/practice*.md and the five reports; held_out.md there only measured what came of it.
SAME = 0.47  # mean likeness from which two groups are one
OTHER_ASK = 0.3  # taken off where each asks for what the other does not
ONE_ASK = 0.15  # where only one of them asks for something in particular
OTHER_MATTER = 0.25  # taken off for what only one of them is about
SOMETHING = 2.0  # from this weight on a matter is something in particular
COMMON = 0.25  # how much less a term weighs that is in every sentence
BLOCK = 256  # rows at a time
LEAST = 0.4  # weight in common; below it two sentences share only words that everybody uses


def groups_of(sentences, together=(), apart=(), same: float = SAME) -> list[list[int]]:
    """Positions of the sentences that say the same, each list ascending; lists by their first. Some are alone.

    ``sentences``: (text, words of place names to leave out). ``together`` and ``apart``: pairs of positions that a
    person joined or split; these must not contradict each other. Takes four bytes for each pair of sentences with
    different terms: 100 MB for 5,000.
    """
    bags = [terms_of(text, leave_out) for text, leave_out in sentences]
    if not bags:
        return []
    judged = {position for pair in (*together, *apart) for position in pair}
    points = {}  # sentences with the same terms are one point, but for those that a person judged
    for position, bag in enumerate(bags):
        points.setdefault(position if position in judged else frozenset(bag.items()), []).append(position)
    members = list(points.values())
    where = {position: point for point, positions in enumerate(members) for position in positions}
    together, apart = ([(where[a], where[b]) for a, b in pairs] for pairs in (together, apart))
    alike = _likenesses([bags[m[0]] for m in members], [len(m) for m in members])
    for a, b in apart:
        alike[a, b] = alike[b, a] = -float("inf")
    found = []
    for part in _parts(alike, together, same):
        inside = {point: i for i, point in enumerate(part)}
        clusters = _Clusters(alike[part][:, part], [members[point] for point in part])
        for a, b in together:
            if a in inside:
                clusters.join(inside[a], inside[b])
        clusters.link(same)
        found += [sorted(positions) for positions in clusters.members if positions]
    return sorted(found)


def _parts(alike, together, same) -> list[list[int]]:
    """Points that have nothing near in another part: clusters never reach across, and a small array is quick."""
    import numpy as np

    joined = {}
    for a, b in together:
        joined.setdefault(a, []).append(b)
        joined.setdefault(b, []).append(a)
    new, parts = np.ones(len(alike), bool), []
    for start in range(len(alike)):
        if not new[start]:
            continue
        new[start], part, at = False, [start], 0
        while at < len(part):
            near = (alike[part[at]] >= same) & new
            near[[b for b in joined.get(part[at], ()) if new[b]]] = True
            new[near] = False
            part += np.flatnonzero(near).tolist()
            at += 1
        parts.append(sorted(part))
    return parts


def likeness(one: str, other: str) -> float:
    """Of two sentences, at most 1, as if there were no others."""
    return float(_likenesses([terms_of(one), terms_of(other)], [1, 1])[0, 1])


def _likenesses(bags, counts):
    """n x n: the share of the weight that two have in common (Dice), less what they ask for, or are about, apart from
    each other. ``counts``: how many sentences have these terms."""
    import numpy as np

    terms = {}
    for bag in bags:
        for term in bag:
            terms.setdefault(term, len(terms))
    weights = np.zeros((len(bags), len(terms)), np.float32)
    for row, bag in enumerate(bags):
        for term, weight in bag.items():
            weights[row, terms[term]] = weight
    counts = np.array(counts, np.float32)
    often = counts @ (weights > 0)
    weights *= 1 - COMMON * np.log(np.maximum(often, 1)) / np.log(max(counts.sum(), 2))
    is_ask = np.array([term.kind == "ask" for term in terms], bool)
    is_matter = np.array([term.kind == "matter" and term.weight >= SOMETHING for term in terms], bool)
    # What only one has is in its total; it is nobody's in common.
    roots = np.sqrt(weights)
    kinds = []
    for chosen in (np.ones(len(terms), bool), is_ask, is_matter):
        kinds.append((roots[:, chosen & ((weights > 0).sum(0) > 1)], weights[:, chosen].sum(1)))
    alike = np.empty((len(bags), len(bags)), np.float32)
    speaks = kinds[1][1] >= 0.3
    for start in range(0, len(bags), BLOCK):
        rows, rest = slice(start, start + BLOCK), slice(start, None)
        (shared, both), (asks, ask), (matters, matter) = (
            (part[rows] @ part[rest].T, own[rows, None] + own[None, rest]) for part, own in kinds
        )
        block = 2 * shared / np.maximum(both, 1e-6)
        block[shared < LEAST] = 0
        price = np.where(speaks[rows, None] & speaks[None, rest], np.float32(OTHER_ASK), np.float32(ONE_ASK))
        block -= price * (ask - 2 * asks) / np.maximum(ask, 1.5)
        block -= np.float32(OTHER_MATTER) * (matter - 2 * matters) / np.maximum(matter, 1.5)
        np.round(block, 4, out=block)  # so that no machine's last digit decides
        alike[rows, rest] = block
        alike[rest, rows] = block.T
    return alike


class _Clusters:
    """Average linkage: the likeness of two clusters is the mean over their pairs; those forbidden have none."""

    def __init__(self, alike, members):
        import numpy as np

        self.alike, self.members = alike, [list(m) for m in members]
        self.sizes = np.array([len(m) for m in members], np.float32)
        self.none = -np.inf
        np.fill_diagonal(alike, self.none)
        self.at = list(range(len(members)))  # where a point is now

    def join(self, a, b):
        while self.at[a] != a:
            a = self.at[a]
        while self.at[b] != b:
            b = self.at[b]
        if a != b:
            self._merge(min(a, b), max(a, b))

    def _merge(self, a, b):
        size = self.sizes[a] + self.sizes[b]
        row = (self.alike[a] * self.sizes[a] + self.alike[b] * self.sizes[b]) / size
        row[a] = self.none
        self.alike[a], self.alike[:, a] = row, row
        self.alike[b], self.alike[:, b] = self.none, self.none
        self.sizes[a], self.at[b] = size, a
        self.members[a] += self.members[b]
        self.members[b] = []

    def link(self, same):
        """Merge until no two are as alike as ``same``: along a chain of nearest neighbours, which finds the same
        clusters as merging the nearest two of all each time, in a fraction of the steps."""
        waiting = [i for i, found in enumerate(self.members) if found][::-1]
        chain = []
        while waiting or chain:
            if not chain:
                start = waiting.pop()
                if not self.members[start]:
                    continue
                chain.append(start)
            last = chain[-1]
            row = self.alike[last]
            nearest = int(row.argmax())
            if len(chain) > 1 and row[chain[-2]] >= row[nearest]:
                nearest = chain[-2]
            if row[nearest] < same:
                chain.pop()  # nothing is near enough to it, nor will anything merged be nearer
            elif len(chain) > 1 and nearest == chain[-2]:
                chain = chain[:-2]
                self._merge(min(last, nearest), max(last, nearest))
                waiting.append(min(last, nearest))
            else:
                chain.append(nearest)
