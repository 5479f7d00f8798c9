package kubernetes

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

var secret = []byte("secret of one Job")

func line(t *testing.T, o grade.Outcome) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeOutcome(&b, secret, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An outcome is one line, whatever a learner's program has printed, and is read back as it was.
func TestFrame(t *testing.T) {
	o := grade.Outcome{Key: "k", Task: "x01", Begin: time.Unix(1, 5).UTC(), End: time.Unix(2, 0).UTC(), Worker: "pod a"}
	o.Result = verdict.New("x01", "title", []verdict.Check{{ID: "1", Status: verdict.Fail, Findings: []verdict.Finding{{Actual: "a\nb\r\u2028" + framePrefix}}}})
	text := line(t, o)
	if bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("more than a line: %q", text)
	}
	got, ok, err := parseOutcome(bytes.TrimSuffix(text, []byte("\n")), secret)
	if !ok || err != nil || got.Result.Checks[0].Findings[0].Actual != o.Result.Checks[0].Findings[0].Actual || !got.Begin.Equal(o.Begin) {
		t.Errorf("read %+v, %v, %v", got, ok, err)
	}
}

func TestFrameRefuses(t *testing.T) {
	good := string(bytes.TrimSpace(line(t, grade.Outcome{Key: "k", Task: "x01"})))
	signed := func(data string) string { return framePrefix + macOf(secret, []byte(data)) + " " + data }
	for name, text := range map[string]string{
		"another secret":   strings.Replace(good, framePrefix, framePrefix+"0", 1),
		"cut":              good[:len(good)-1],
		"changed":          strings.Replace(good, "x01", "x02", 1),
		"an unknown field": signed(`{"key":"k","points":3}`),
		"two values":       signed(`{"key":"k"}{"key":"k"}`),
		"no JSON":          signed("hello"),
		"nothing":          framePrefix,
	} {
		if _, ok, err := parseOutcome([]byte(text), secret); !ok || err == nil {
			t.Errorf("%s is taken: %v, %v", name, ok, err)
		}
	}
	if _, ok, err := parseOutcome([]byte("2026/11/29 hello"), secret); ok || err != nil {
		t.Errorf("any other line: %v, %v", ok, err)
	}
}

// A result that is larger than a line may be is a fault.
func TestFrameTooLarge(t *testing.T) {
	o := grade.Outcome{Key: "k", Task: "x01"}
	o.Result.Checks = []verdict.Check{{Findings: []verdict.Finding{{Actual: strings.Repeat("x", maxOutcome)}}}}
	got, ok, err := parseOutcome(bytes.TrimSpace(line(t, o)), secret)
	if !ok || err != nil || !strings.Contains(got.Fault, "more than the 1048576") {
		t.Errorf("read %.200v, %v, %v", got.Fault, ok, err)
	}
}

// Lines that are too long are left out, and those behind them are read.
func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	most := strings.Repeat("y", maxLine)
	text := "a\n" + long + "\n\n" + most + "\nb\nnot ended"
	for _, r := range []func() *strings.Reader{func() *strings.Reader { return strings.NewReader(text) }} {
		var got []string
		err := readLines(iotest.HalfReader(r()), func(line []byte) error {
			got = append(got, string(line))
			return nil
		})
		if err != nil || len(got) != 4 || got[0] != "a" || got[1] != "" || got[2] != most || got[3] != "b" {
			t.Errorf("%d lines, %v", len(got), err)
		}
	}
}
