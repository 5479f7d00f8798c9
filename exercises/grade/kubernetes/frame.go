package kubernetes

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/slipway-workshop/slipway/exercises/grade"
)

// An outcome is one line of a worker's log, among lines of whatever else:
//
//	slipway-outcome-1 HMAC JSON
//
// The HMAC (SHA-256, of the JSON, with a secret that the engine made for one Job) tells what a worker wrote from
// what looks like it, and from a line that was damaged on its way.
const framePrefix = "slipway-outcome-1 "

const (
	maxOutcome = 1 << 20 // bytes of JSON
	macDigits  = 2 * sha256.Size
	maxLine    = len(framePrefix) + macDigits + 1 + maxOutcome
)

// writeOutcome writes one line. JSON as encoding/json writes it has no newline.
func writeOutcome(w io.Writer, secret []byte, o grade.Outcome) error {
	data, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write outcome of %s: %w", o.Key, err)
	}
	if len(data) > maxOutcome {
		o.Fault = fmt.Sprintf("the result is %d bytes of JSON, more than the %d that a worker may print", len(data), maxOutcome)
		o.Result.Checks = nil
		return writeOutcome(w, secret, o)
	}
	_, err = fmt.Fprintf(w, "%s%s %s\n", framePrefix, macOf(secret, data), data)
	return err
}

func macOf(secret, data []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// parseOutcome reads a line. ok is false for one that is no outcome; the error is of one that says it is.
func parseOutcome(line, secret []byte) (o grade.Outcome, ok bool, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(framePrefix))
	if !ok {
		return o, false, nil
	}
	mac, data, _ := bytes.Cut(rest, []byte(" "))
	if !hmac.Equal(mac, []byte(macOf(secret, data))) {
		return o, true, errors.New("a line of the log is not as a worker of this Job wrote it")
	}
	if err := decodeStrict(data, &o); err != nil {
		return o, true, fmt.Errorf("read outcome: %w", err)
	}
	return o, true, nil
}

// readLines calls f for each line, without its end. Lines that are longer than an outcome can be are left out.
func readLines(r io.Reader, f func(line []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine+1; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		whole, isWhole := bytes.CutSuffix(line, []byte("\n"))
		if isWhole && !long {
			if err := f(whole); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		line, long = line[:0], false
	}
}
