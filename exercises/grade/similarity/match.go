package similarity

import (
	"cmp"
	"maps"
	"slices"
)

// A meeting is a fingerprint at a place of either work.
type meeting struct{ a, b place }

// matches joins the fingerprints that two works share to ranges of lines. Fingerprints are joined while they follow
// one another, but for a few, in both works.
func matches(a, b *document) []Match {
	var all []meeting
	for _, h := range slices.Sorted(maps.Keys(a.at)) {
		for i, p := range a.at[h] {
			if i < len(b.at[h]) {
				all = append(all, meeting{p, b.at[h][i]})
			}
		}
	}
	slices.SortFunc(all, func(m, n meeting) int {
		return cmp.Or(comparePlaces(m.a, n.a), comparePlaces(m.b, n.b))
	})
	var list []Match
	for i := 0; i < len(all); {
		from, to := all[i], all[i]
		m := Match{A: Range{File: a.files[from.a.file]}, B: Range{File: b.files[from.b.file]}}
		for ; i < len(all) && follows(to, all[i]); i++ {
			to = meeting{further(to.a, all[i].a), further(to.b, all[i].b)}
			m.Fingerprints++
		}
		m.A.From, m.A.To = int(from.a.from), int(to.a.to)
		m.B.From, m.B.To = int(from.b.from), int(to.b.to)
		list = append(list, m)
	}
	slices.SortFunc(list, func(m, n Match) int {
		return cmp.Or(cmp.Compare(n.Fingerprints, m.Fingerprints), compareRanges(m.A, n.A), compareRanges(m.B, n.B))
	})
	return list[:min(len(list), mostMatches)]
}

const (
	mostMatches = 20 // places that are told of a pair
	mostGap     = 4  // fingerprints between two that are still joined
)

func comparePlaces(p, q place) int {
	return cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.at, q.at))
}

func follows(m, n meeting) bool { return near(m.a, n.a) && near(m.b, n.b) }

func near(p, q place) bool { return p.file == q.file && q.at >= p.at && q.at-p.at <= mostGap }

// further is the later place, to the furthest line of both.
func further(p, q place) place {
	q.to = max(p.to, q.to)
	return q
}
