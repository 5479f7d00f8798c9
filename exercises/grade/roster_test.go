package grade

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestReadRoster(t *testing.T) {
	want := Roster{{"s1", "Ada Lovelace", "ada@x.test"}, {"s2", "王小明", ""}}
	for name, data := range map[string]string{
		"plain":          "id,name,email\ns1,Ada Lovelace,ada@x.test\ns2,王小明,\n",
		"other order":    "Email,ID,Section,Name\nada@x.test,s1,3,Ada Lovelace\n,s2,4,王小明\n",
		"mark and CRLF":  "\xef\xbb\xbfid,name,email\r\ns1,Ada Lovelace,ada@x.test\r\ns2,王小明,\r\n",
		"semicolon":      "id;NAME;email\ns1;Ada Lovelace;ada@x.test\ns2;王小明;\n",
		"tab":            "id\tname\temail\ns1\tAda Lovelace\tada@x.test\ns2\t王小明\n",
		"space, quotes":  "id, name, email\n s1 ,\"Ada Lovelace\", ada@x.test\n\n,,\ns2,王小明\n",
		"no end of line": "id,name,email\ns1,Ada Lovelace,ada@x.test\ns2,王小明",
		"unused columns": "id,name,email,x,x\ns1,Ada Lovelace,ada@x.test,1,2\ns2,王小明,,,\n",
	} {
		if got, err := ReadRoster("class.csv", []byte(data)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestBadRosters(t *testing.T) {
	utf16le := "\xff\xfe"
	for _, u := range utf16.Encode([]rune("id,name\ns1,Ada\n")) {
		utf16le += string([]byte{byte(u), byte(u >> 8)})
	}
	for name, tt := range map[string]struct{ data, want string }{
		"empty":             {"", "class.csv:1: the first line has no column id"},
		"no header":         {"s1,Ada\n", "class.csv:1: the first line has no column id"},
		"nobody":            {"id,name\n", "nobody is on it"},
		"two id columns":    {"id,name,ID\ns1,Ada,s2\n", "class.csv:1: column id stands there twice"},
		"Latin-1":           {"id,name\ns1,Ada\ns2,J\xfcrgen\n", "class.csv:3: it is not in UTF-8"},
		"GBK":               {"id,name\ns1,\xcd\xf5\xd0\xa1\xc3\xf7\n", "class.csv:2: it is not in UTF-8"},
		"UTF-16":            {utf16le, "class.csv:1: it is not in UTF-8"},
		"twins":             {"id\ns1\ns2\ns1\n", `class.csv:4: "id s1" stands in line 2 too`},
		"emails twice":      {"id,email\ns1,a@x\ns2,A@x\n", `class.csv:3: "email a@x" stands in line 2 too`},
		"empty id":          {"id,name\n,Ada\n", "class.csv:2: the id is empty"},
		"several":           {"id,name\n,Ada\ns1,a\ns1,b\n", "class.csv:4:"},
		"open quote":        {"id,name\n\"s1,Ada\n", "on line 2"},
		"too many fields":   {"id,name\ns1,Ada,Lovelace\n", "class.csv:2: it has 3 fields"},
		"control character": {"id,name\ns1,\x1b[31mAda\n", "class.csv:2: "},
	} {
		if got, err := ReadRoster("class.csv", []byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, %v, want %s", name, got, err, tt.want)
		}
	}
}

func TestReadReceived(t *testing.T) {
	got, err := ReadReceived("times.csv", []byte("learner;received\ns1;2026-10-24T23:59:00+02:00\nada.zip;2026-10-25T01:00:00Z\n"))
	if err != nil || len(got) != 2 || !got["s1"].Equal(time.Date(2026, 10, 24, 21, 59, 0, 0, time.UTC)) {
		t.Errorf("%v, %v", got, err)
	}
	for data, want := range map[string]string{
		"learner,received\ns1,2026-10-24 23:59\n":                              "times.csv:2: \"2026-10-24 23:59\" is no time with a zone",
		"learner,received\n,2026-10-24T23:59:00Z\n":                            "names neither a file nor a learner",
		"learner,received\ns1,2026-10-24T23:59:00Z\ns1,2026-10-25T23:59:00Z\n": "times.csv:3: \"s1\" stands there twice",
		"learner\ns1\n": "no column received or time",
	} {
		if got, err := ReadReceived("times.csv", []byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", data, got, err, want)
		}
	}
}

func TestWhose(t *testing.T) {
	r := Roster{
		{"s1001", "Ada Lovelace", "ada@x.test"}, {"s1002", "Grace Brewster Hopper", "grace.h@x.test"}, {"s1003", "王小明", "wang@x.test"},
		{"s-7", "José Núñez", "jose@x.test"}, {"s-7-2", "Alan Turing", "alan@x.test"}, {"456", "Kurt Gödel", ""}, {"t1", "Sam Doe", "sam@a.test"}, {"t2", "Sam Doe", "sam@b.test"},
	}
	for name, want := range map[string]string{
		"s1001": "s1001", "s1001-2": "s1001", "s1001_12": "s1001", "s1001 (2)": "s1001", "S1001": "",
		"ada@x.test": "s1001", "ADA@x.test": "s1001", "ada": "s1001", "ada-3": "s1001", "grace.h_2": "s1002",
		"Ada Lovelace": "s1001", "Ada Lovelace (3)": "s1001", "ada lovelace": "", "Lovelace": "", "Ada Lovelac": "",
		"王小明": "s1003", "王小明-2": "s1003", "Jose\u0301 Nu\u0301n\u0303ez": "s-7", // as a Mac writes it
		"s-7": "s-7", "s-7-2": "s-7-2", "s-7-3": "s-7",
		"Ada Lovelace_123_assignsubmission_file_":           "s1001",
		"Ada Lovelace_123_assignsubmission_file_work":       "s1001",
		"王小明_77_assignsubmission_file_作业":                   "s1003",
		"Grace Brewster Hopper_9_assignsubmission_file_a_b": "s1002",
		"lovelaceada_123_999_slipway-work":                  "s1001",
		"lovelaceada_LATE_123_999_slipway-work-1":           "s1001",
		"hoppergracebrewster_1_2_w":                         "s1002",
		"brewsterhoppergrace_1_2_w":                         "s1002",
		"王小明_1_2_work":                                      "s1003",
		"núñezjosé_1_2_work":                                "s-7",
		"anybody_456_2_work":                                "456",
		"lovelaceadam_123_999_work":                         "",
		"sam":                                               "error",
		"Sam Doe":                                           "error",
		"doesam_1_2_w":                                      "error",
		"t2":                                                "t2",
		"":                                                  "",
		"-2":                                                "",
	} {
		p, err := r.find(name)
		got := ""
		switch {
		case err != nil:
			got = "error"
		case p != nil:
			got = p.ID
		}
		if got != want {
			t.Errorf("%q is of %q (%v), want %q", name, got, err, want)
		}
	}
	others := map[string]bool{"ada": true}
	for name, want := range map[string]string{"ada": "ada", "ada-2": "ada", "s-12": "s-12", "bob (2)": "bob", "王_3": "王_3", "Bob_1_assignsubmission_file_x": "Bob"} {
		if got := guess(name, others); got != want {
			t.Errorf("without a roster %q is %q, want %q", name, got, want)
		}
	}
}
