package submission

// Open reads.
func Open(path string) (*Submission, error) { return nil, nil }

// IsFolder reports whether a folder is the work of one learner: whether it holds folders of tasks.
func IsFolder(dir string) bool { return false }

// Junk reports whether systems and tools leave something of that name everywhere.
func Junk(name string) bool { return false }
