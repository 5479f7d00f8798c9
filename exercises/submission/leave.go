package submission

import (
	"path"
	"slices"
	"strings"
)

// Folders and files that are no part of anybody's solution: what tools keep, and what proves who somebody is.
// .netrc stays, since exercises have logins of their invented hosts in it; so do keys of another name, which a task
// may ask for.
var (
	toolFolders   = []string{".cache", "node_modules", ".idea", ".vscode", "__pycache__"}
	secretFolders = []string{".ssh", ".aws", ".azure", ".config/gcloud", ".docker", ".gnupg", ".kube"}
	secretFiles   = []string{".env", "id_rsa", "id_ecdsa", "id_ed25519", ".git-credentials", ".npmrc", ".pypirc"}
)

// leaveOut returns the folder or file for which a file is left out, or nothing.
func leaveOut(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		for _, out := range slices.Concat(toolFolders, secretFolders) {
			if dir == out || strings.HasSuffix(dir, "/"+out) {
				return dir
			}
		}
		if strings.HasSuffix(dir, "pkg/mod/cache") { // a module cache of the learner's own
			return path.Dir(dir)
		}
	}
	if slices.Contains(secretFiles, path.Base(name)) {
		return name
	}
	return ""
}
