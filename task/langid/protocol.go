package langid

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/agon-chain/agon/task"
)

const (
	// Kind is the task's name on chain.
	Kind = "langid"
	// Version of questions and judging.
	Version = 1
	// Route that miners serve.
	Route = "/v1/langid"
	// MaxTextBytes bounds a request's text.
	MaxTextBytes = 4096
	// MaxRequestBytes bounds a request body: the text with each byte escaped.
	MaxRequestBytes = 6*MaxTextBytes + 64
	// MaxResponseBytes bounds a response body.
	MaxResponseBytes = 4096
	// Undetermined is the answer of an expert that cannot tell (ISO 639-3).
	Undetermined = "und"
)

// Request is the body of a request.
type Request struct {
	// Text to identify, 1 to MaxTextBytes bytes of UTF-8.
	Text string `json:"text"`
}

// Response is the body of a response.
type Response struct {
	// Language is an ISO 639-3 code in lower case, or "und".
	Language string `json:"language"`
	// Confidence in [0, 1], as the expert sees it; it does not count.
	Confidence float64 `json:"confidence"`
}

// DecodeRequest parses a request body. Its errors are *task.BadRequest.
func DecodeRequest(body []byte) (Request, error) {
	if len(body) > MaxRequestBytes {
		return Request{}, &task.BadRequest{Reason: fmt.Sprintf("%d bytes, want at most %d", len(body), MaxRequestBytes)}
	}
	// JSON replaces invalid UTF-8 silently, so it is refused before.
	if !utf8.Valid(body) {
		return Request{}, &task.BadRequest{Reason: "not UTF-8"}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	var r Request
	if err := dec.Decode(&r); err != nil {
		return Request{}, &task.BadRequest{Reason: fmt.Sprintf(`%v; want {"text": "..."}`, err)}
	}
	if dec.More() {
		return Request{}, &task.BadRequest{Reason: `more than one JSON value; want one {"text": "..."}`}
	}
	if r.Text == "" {
		return Request{}, &task.BadRequest{Field: "text", Reason: "empty, want 1 byte or more"}
	}
	if len(r.Text) > MaxTextBytes {
		return Request{}, &task.BadRequest{Field: "text", Reason: fmt.Sprintf("%d bytes, want at most %d", len(r.Text), MaxTextBytes)}
	}
	return r, nil
}

// EncodeResponse makes a response body; a confidence outside [0, 1] is brought
// inside.
func EncodeResponse(language string, confidence float64) ([]byte, error) {
	if !(confidence > 0) {
		confidence = 0
	}
	return json.Marshal(Response{Language: language, Confidence: min(confidence, 1)})
}

// decodeResponse parses what a miner sent. Unknown fields are allowed.
func decodeResponse(body []byte) (Response, error) {
	if len(body) > MaxResponseBytes {
		return Response{}, fmt.Errorf("%d bytes, want at most %d", len(body), MaxResponseBytes)
	}
	var r Response
	if err := json.Unmarshal(body, &r); err != nil {
		return Response{}, err
	}
	if !validCode(r.Language) {
		return Response{}, fmt.Errorf("language %.16q: want an ISO 639-3 code in lower case", r.Language)
	}
	return r, nil
}

// validCode reports whether s has the shape of an ISO 639-3 code.
func validCode(s string) bool {
	if len(s) != 3 {
		return false
	}
	for _, c := range []byte(s) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
