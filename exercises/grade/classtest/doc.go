// Package classtest makes a class: what learners hand in, and what must come of it. Tests, benchmarks and
// demonstrations of grading use it.
//
//	class, err := classtest.Write(dir, 200, 1)
//
//	roster.csv              id, name, email; one of them hands nothing in
//	submissions/l001.tar.gz as slipway pack writes it; some are .zip, some folders
//	submissions/stray.tar.gz of somebody who is not on the roster
//	expected.json           the Class: for each learner and task what is certain
//
// The same number and seed give the same class. Work is right (a solution of the catalogue), wrong (one of its wrong
// ones), untouched, or hostile: a program of Programs or an archive of Archives. A class of
// twice as many as there are of these, or more, has all of them: 200 do.
//
// A hostile program must neither get all points nor be a fault, and the run goes on. Each is bounded: it ends by
// itself, within minutes and some gigabytes, so that a machine without limits is found out and not lost. What reads
// where it may not, and prints it, begins its line with Leak; what writes where it may not, writes a file called Marker.
// Programs are only ever to be run in cells.
package classtest
