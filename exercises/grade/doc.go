// Package grade grades a class: it reads what was handed in, has it judged, keeps a journal, and makes a gradebook.
package grade
