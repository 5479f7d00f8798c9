package submission

import (
	"path"
	"strings"
)

// checkLinks refuses links that leave the folder of their task, be it through other links. Where a link leads through a
// name that systems fold, it is taken as they do.
func (s *Submission) checkLinks() error {
	for _, t := range s.Tasks {
		links := map[string]string{}
		for _, f := range t.Files {
			if f.Link != "" {
				links[fold(f.Name)] = fold(f.Link)
			}
		}
		for _, f := range t.Files {
			if f.Link != "" && !inside(links, fold(f.Name)) {
				return leadsOut(t.ID + "/" + f.Name)
			}
		}
	}
	return nil
}

// inside follows a name as a system would, and reports whether the way stays below the folder that it begins in.
func inside(links map[string]string, name string) bool {
	ahead := strings.Split(name, "/")
	var at []string
	for steps := 0; len(ahead) > 0; {
		next := ahead[0]
		ahead = ahead[1:]
		switch next {
		case "", ".":
			continue
		case "..":
			if len(at) == 0 {
				return false
			}
			at = at[:len(at)-1]
			continue
		}
		target, ok := links[path.Join(strings.Join(at, "/"), next)]
		if !ok {
			at = append(at, next)
			continue
		}
		if steps++; steps > 40 { // as many as Linux follows
			return false
		}
		ahead = append(strings.Split(target, "/"), ahead...)
	}
	return true
}
