// Package grade grades a class: it reads what was handed in, has it judged, keeps a journal, and makes a gradebook.
//
//	roster, err := grade.ReadRoster("class.csv", data)
//	class, problems := grade.ReadClass(paths, roster, received)
//	folder, err := grade.Open("grades")       // locked against a second grader
//	defer folder.Close()
//	book, delta, err := folder.Run(ctx, grade.Config{Tasks: tasks, Class: class, Engine: grade.Local{Judge: judge}, …})
//	err = folder.Accept(book)                 // after a person, or a flag, has agreed to the delta
//	why, err := grade.Audit("grades", "s1001", "x06")
//
// The output folder:
//
//	journal.jsonl          what happened, one JSON object a line, only ever appended to
//	evidence/<key>.json    what came of judging one item
//	gradebook.json         the gradebook that was accepted last
//	grading.lock           held while somebody grades
//
// The gradebook is a function of submissions, tasks, policy and evidence: neither the order in which items were judged
// nor any crash can change it. Evidence is on the disk before the journal says so; each line of the journal holds the
// SHA-256 of the line before it, so that a line changed or taken out later is found. That does not hold against a
// person who may write to the folder and makes the whole chain anew.
package grade
