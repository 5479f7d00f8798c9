package kubernetes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// formatRanges writes numbers in ascending order as 0-19,25.
func formatRanges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(numbers[i])
		if end > i {
			part += "-" + strconv.Itoa(numbers[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ",")
}

// parseRanges reads what formatRanges writes: numbers below limit, in ascending order.
func parseRanges(text string, limit int) ([]int, error) {
	var numbers []int
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		to := from
		if err == nil && isRange {
			to, err = strconv.Atoi(last)
		}
		if err != nil || from < 0 || to < from || to >= limit || len(numbers) > 0 && from <= numbers[len(numbers)-1] {
			return nil, fmt.Errorf("read items %q: want numbers below %d in ascending order, such as 0-19,25", text, limit)
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// shards returns how many shards of a size numbers make.
func shards(numbers []int, size int) int { return (len(numbers) + size - 1) / size }

// shard returns the numbers of one shard.
func shard(numbers []int, size, index int) ([]int, error) {
	if size < 1 || index < 0 || index >= shards(numbers, size) {
		return nil, fmt.Errorf("shard %d of size %d: there is none among %d items", index, size, len(numbers))
	}
	return numbers[index*size : min((index+1)*size, len(numbers))], nil
}

// shardOf returns which shard a number belongs to, or -1.
func shardOf(numbers []int, size, number int) int {
	at, found := slices.BinarySearch(numbers, number)
	if !found {
		return -1
	}
	return at / size
}
