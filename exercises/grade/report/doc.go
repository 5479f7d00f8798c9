// Package report writes a gradebook in the forms that people and programs read.
//
//	err := report.Write("grades", book, report.Options{})
//
// makes in that folder
//
//	gradebook.json, gradebook.schema.json   all that is known, and its JSON Schema (2020-12)
//	junit.xml                               a test suite for each learner
//	canvas.csv, moodle.csv                  for the gradebooks of Canvas and Moodle
//	gradescope/LEARNER.json                 results.json of Gradescope, one for each learner
//	summary.md                              step summary of GitHub Actions
//	html/index.html                         the class; html/learners and html/tasks hold a page for each
//
// [Annotations] and [Summary] are for the standard output. Each form depends on the gradebook and the options alone, so
// that the same work gives the same bytes.
//
// Names, files and output of programs come from learners. Each form escapes them for the program that reads it, and but
// for gradebook.json they first go through visible, which spells out characters that steer a terminal or turn the
// direction of text.
//
// States of a cell are kept apart everywhere: graded; absent, which is worth no points; and not judged, which is a fault
// of ours and is never written as a number.
package report
