package external

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/agon-chain/agon/task"
)

const (
	pathDescriptor = "/v1/descriptor"
	pathOpen       = "/v1/open"
	pathQuestions  = "/v1/questions"
	pathJudge      = "/v1/judge"
	pathSettle     = "/v1/settle"
	pathState      = "/v1/state"
	pathHeldOut    = "/v1/held-out"
	pathExpert     = "/v1/expert"
	pathAnswer     = "/v1/answer"

	// maxBodyBytes bounds any body of the contract, both ways.
	maxBodyBytes = 64 << 20
)

type openRequest struct {
	Params json.RawMessage `json:"params,omitempty"`
	Seed   []byte          `json:"seed"` // 32 bytes, base64
}

type questionsResponse struct {
	Questions []task.Question `json:"questions"`
}

type judgeRequest struct {
	Question task.Question `json:"question"`
	Answer   task.Answer   `json:"answer"`
}

type settleBody struct {
	Results []task.Result `json:"results"`
}

type heldOutRequest struct {
	Seed []byte `json:"seed"`
	N    int    `json:"n"`
}

type expertResponse struct {
	Name    string `json:"name"`
	Version string `json:"version"` // 64 hex digits
}

type errorBody struct {
	Error struct {
		Message string `json:"message"`
		Code    string `json:"code"`
	} `json:"error"`
}

// codes pairs the errors of package task with what stands for them on the wire.
var codes = []struct {
	err    error
	code   string
	status int
}{
	{task.ErrBadRequest, "bad_request", http.StatusBadRequest},
	{task.ErrBadParameters, "bad_parameters", http.StatusBadRequest},
	{task.ErrBadState, "bad_state", http.StatusBadRequest},
	{task.ErrNoMaterial, "no_material", http.StatusServiceUnavailable},
	{task.ErrOverloaded, "overloaded", http.StatusServiceUnavailable},
}

// encodeError returns status and body for an error.
func encodeError(err error) (int, errorBody) {
	var b errorBody
	b.Error.Message, b.Error.Code = err.Error(), "internal"
	status := http.StatusInternalServerError
	for _, c := range codes {
		if errors.Is(err, c.err) {
			b.Error.Code, status = c.code, c.status
			break
		}
	}
	return status, b
}

// decodeError is the inverse: an error that errors.Is finds.
func decodeError(path string, status int, body []byte) error {
	var b errorBody
	if json.Unmarshal(body, &b) != nil || b.Error.Message == "" {
		return fmt.Errorf("external %s: status %d: %.200q", path, status, body)
	}
	for _, c := range codes {
		if b.Error.Code == c.code {
			return fmt.Errorf("external %s: %w: %s", path, c.err, b.Error.Message)
		}
	}
	return fmt.Errorf("external %s: status %d: %s", path, status, b.Error.Message)
}
