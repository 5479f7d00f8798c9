package similarity

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// A place is a run of tokens that a fingerprint stands for.
type place struct {
	file     int32
	at       int32 // number of the fingerprint among those of its file
	from, to int32 // lines
}

// mostPlaces is how many places of one fingerprint in one work are remembered.
const mostPlaces = 8

// A document is the work of a learner as fingerprints.
type document struct {
	learner string
	files   []string
	at      map[uint64][]place // by fingerprint
}

// newDocument takes the fingerprints of files. It returns the names of those that were not read to their end.
func newDocument(learner string, files []workspace.File) (d *document, leftOut []string) {
	d = &document{learner: learner, at: map[uint64][]place{}}
	room := mostTokens
	for _, f := range inOrder(files) {
		k, own, readable := kindOf(f)
		if !own {
			continue
		}
		number := int32(len(d.files))
		d.files = append(d.files, f.Name)
		if !readable {
			leftOut = append(leftOut, f.Name)
			continue
		}
		toks := take(k.tokens(f.Data), room+1)
		if len(toks) > room {
			leftOut = append(leftOut, f.Name)
			toks = toks[:room]
		}
		room -= len(toks)
		var n int32
		for i, h := range winnow(hashes(k, toks), k.w) {
			if places := d.at[h]; len(places) < mostPlaces {
				d.at[h] = append(places, place{number, n, int32(toks[i].line), int32(toks[i+k.k-1].line)})
			}
			n++
		}
	}
	return d, leftOut
}

func inOrder(files []workspace.File) []workspace.File {
	return slices.SortedFunc(slices.Values(files), func(a, b workspace.File) int { return cmp.Compare(a.Name, b.Name) })
}

func (d *document) drop(f func(hash uint64) bool) {
	maps.DeleteFunc(d.at, func(h uint64, _ []place) bool { return f(h) })
}

// allHashes returns the hashes of all runs of k tokens. A run that somebody copied from there is found whichever of
// its hashes winnowing keeps.
func allHashes(files []workspace.File) map[uint64]bool {
	all := map[uint64]bool{}
	for _, f := range files {
		if k, own, readable := kindOf(f); own && readable {
			for _, h := range hashes(k, take(k.tokens(f.Data), mostTokens)) {
				all[h] = true
			}
		}
	}
	return all
}

func take(toks iter.Seq[tok], most int) []tok {
	var list []tok
	for t := range toks {
		if len(list) == most {
			break
		}
		list = append(list, t)
	}
	return list
}

// base is that of the rolling hash, a polynomial modulo 2^64: any large odd number.
const base = 0x9e3779b97f4a7c15

// hashes returns the hash of each run of k tokens.
func hashes(k kind, toks []tok) []uint64 {
	if len(toks) < k.k {
		return nil
	}
	list := make([]uint64, 0, len(toks)-k.k+1)
	seed, out, h := hashOf(k.name), uint64(1), uint64(0)
	for range k.k {
		out *= base
	}
	for i, t := range toks {
		h = h*base + mix(t.code)
		if i >= k.k {
			h -= out * mix(toks[i-k.k].code)
		}
		if i >= k.k-1 {
			list = append(list, mix(h^seed))
		}
	}
	return list
}

// mix spreads what differs in few bits over all of them, so that the smallest of some hashes is any of them. It is the
// last step of the SplitMix64 generator.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// winnow yields the smallest hash of each window of w, with its index. Of equal ones it is that of the window before
// while that is in the window, and else the last: so a row of equal hashes gives one a window, not one each.
func winnow(list []uint64, w int) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		kept := -1
		for from := 0; from == 0 && len(list) > 0 || from+w <= len(list); from++ {
			window := list[from:min(from+w, len(list))]
			least := len(window) - 1
			for i := least - 1; i >= 0; i-- {
				if window[i] < window[least] {
					least = i
				}
			}
			if kept >= from && list[kept] == window[least] {
				continue
			}
			kept = from + least
			if !yield(kept, list[kept]) {
				return
			}
		}
	}
}
