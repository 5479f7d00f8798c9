package report

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
)

var (
	plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	reserved  = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
	unsafe    = regexp.MustCompile(`[^a-z0-9_-]+`)
)

// fileName makes a file name, without its ending, of an id that may hold anything. Two ids never share one, on file
// systems that ignore case neither: a name that differs from its id carries a dot, which no other has, and a part of the
// id's digest.
func fileName(id string) string {
	if plainName.MatchString(id) && !reserved.MatchString(id) {
		return id
	}
	name := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(id), "_"), "_-")
	return fmt.Sprintf("%.40s.%.8x", "id-"+name, sha256.Sum256([]byte(id)))
}
