// Package similarity tells which learners' work on a task is alike, so that a person knows where to look. It says
// nothing about why: people learn together, and a small task has few right answers.
//
//	report, err := similarity.Compare([]similarity.Task{similarity.Of(task)}, works, similarity.Options{})
//	err := report.WriteText(os.Stdout)
//
// The method is winnowing, by Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document
// fingerprinting", SIGMOD 2003. A file becomes tokens; each run of k tokens has a hash; of each w neighbouring
// hashes the smallest is kept as a fingerprint. So whatever two files share over k+w-1 tokens gives a fingerprint
// that both have, wherever it stands, and runs shorter than k never count.
//
// Go files become the tokens of go/scanner. Names are one token and literals one of each kind, so that renaming
// changes nothing; comments, import declarations, semicolons and commas before a closing bracket are left out, so
// that formatting changes nothing either. Every other text is a row of words.
//
// What says nothing about who wrote it is dropped: runs of tokens that are in the start of the task, or in two of its
// solutions, or with many learners of the class (Options.Common); and files that tools write, such as go.sum. Two
// consequences should be known. Work that more of the class shares than Options.Common is not seen. And of a task
// that asks for a few lines nothing can be told: learners with fewer fingerprints of their own than Options.Least
// stand in the report as too short to tell, and in no pair.
package similarity
