package policy

import (
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
)

// ranges returns the addresses of the family that any of the blocks holds: each its CIDR without its
// exceptions.
func (k *compiler) ranges(p prepared, blocks []networkingv1.IPBlock) []Range {
	var all []Range
	for _, b := range blocks {
		block, err := netip.ParsePrefix(b.CIDR)
		if err != nil {
			k.problem(p.NetworkPolicy, "BadBlock", "ipBlock "+b.CIDR+" allows nothing: "+err.Error())
			continue
		}
		if !k.family.Of(block.Addr()) {
			continue
		}
		rest := []Range{rangeOf(block)}
		for _, text := range b.Except {
			except, err := netip.ParsePrefix(text)
			if err != nil {
				k.problem(p.NetworkPolicy, "BadBlock", "ipBlock "+b.CIDR+" allows nothing: except "+text+": "+err.Error())
				rest = nil
				break
			}
			rest = subtract(rest, rangeOf(except))
		}
		all = append(all, rest...)
	}
	return merge(all)
}

// rangeOf returns the first and last address of a prefix.
func rangeOf(p netip.Prefix) Range {
	p = p.Masked()
	last := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	end, _ := netip.AddrFromSlice(last)
	return Range{p.Addr(), end}
}

// subtract returns what of the ranges is not in hole.
func subtract(ranges []Range, hole Range) []Range {
	var out []Range
	for _, r := range ranges {
		if hole.Last.Less(r.First) || r.Last.Less(hole.First) {
			out = append(out, r)
			continue
		}
		if r.First.Less(hole.First) {
			out = append(out, Range{r.First, hole.First.Prev()})
		}
		if hole.Last.Less(r.Last) {
			out = append(out, Range{hole.Last.Next(), r.Last})
		}
	}
	return out
}

// merge returns the same addresses in ranges that are apart and in order.
func merge(ranges []Range) []Range {
	slices.SortFunc(ranges, func(a, b Range) int { return a.First.Compare(b.First) })
	var out []Range
	for _, r := range ranges {
		n := len(out)
		if n == 0 || out[n-1].Last.Less(r.First) && out[n-1].Last.Next() != r.First {
			out = append(out, r)
		} else if out[n-1].Last.Less(r.Last) {
			out[n-1].Last = r.Last
		}
	}
	return out
}
