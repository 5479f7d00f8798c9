package report_test

import (
	"testing"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

// The reports leave the gradebook as it was accepted: an audit holds its bytes against the journal.
func TestGradebookIsTheAcceptedOne(t *testing.T) {
	dir := t.TempDir()
	folder, err := grade.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	book := &grade.Gradebook{
		Version: grade.GradebookVersion, Policy: grade.Policy{Attempts: grade.Best},
		Learners: []grade.Row{{ID: "s1", Name: "<Ada> & 王"}}, Problems: []grade.Problem{{What: "a > b"}},
	}
	if err := folder.Accept(book); err != nil {
		t.Fatal(err)
	}
	if err := report.Write(dir, book, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := grade.Verify(dir); err != nil {
		t.Error(err)
	}
}
