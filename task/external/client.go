package external

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agon-chain/agon/task"
)

// stateTimeout bounds State and Restore, whose interface carries no context.
const stateTimeout = 30 * time.Second

// Client calls the other program. It may be used from several goroutines together.
type Client struct {
	base string
	http *http.Client
}

// ClientOptions for NewClient; the zero value is right for a local program.
type ClientOptions struct {
	// AllowRemote permits an address that is not loopback. Whoever reads that
	// traffic knows the questions' answers.
	AllowRemote bool
	// HTTP replaces the client; nil means one with a timeout of 5 minutes.
	HTTP *http.Client
}

// NewClient checks the base URL, such as http://127.0.0.1:9123; it does not connect.
func NewClient(base string, opt ClientOptions) (*Client, error) {
	if base == "" {
		return nil, errors.New("external: no endpoint given; start the other program and name its URL, such as http://127.0.0.1:9123")
	}
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("external: endpoint %q: want a URL such as http://127.0.0.1:9123", base)
	}
	if !opt.AllowRemote && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("external: endpoint %q is not on this machine: its program would see all answers; use a loopback address", base)
	}
	c := &Client{base: strings.TrimRight(base, "/"), http: opt.HTTP}
	if c.http == nil {
		c.http = &http.Client{Timeout: 5 * time.Minute}
	}
	return c, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// do sends in (nil for none) and returns the body of a 200.
func (c *Client) do(ctx context.Context, method, path string, in []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(in))
	if err != nil {
		return nil, fmt.Errorf("external %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("external %s: %w", path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("external %s: %w", path, err)
	}
	if len(body) > maxBodyBytes {
		return nil, fmt.Errorf("external %s: answer of more than %d bytes", path, maxBodyBytes)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, decodeError(path, resp.StatusCode, body)
	}
	return body, nil
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var raw []byte
	if in != nil {
		var err error
		if raw, err = json.Marshal(in); err != nil {
			return fmt.Errorf("external %s: %w", path, err)
		}
	}
	body, err := c.do(ctx, method, path, raw)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("external %s: answer: %w", path, err)
	}
	return nil
}

// Descriptor asks what task the other program examines.
func (c *Client) Descriptor(ctx context.Context) (task.Descriptor, error) {
	var d task.Descriptor
	if err := c.call(ctx, http.MethodGet, pathDescriptor, nil, &d); err != nil {
		return d, err
	}
	return d, d.Validate()
}

// Open gives the other program the subnet's parameters and the validator's seed.
func (c *Client) Open(ctx context.Context, params json.RawMessage, seed [32]byte) error {
	return c.call(ctx, http.MethodPost, pathOpen, openRequest{Params: params, Seed: seed[:]}, nil)
}

// HeldOut asks for an exam.
func (c *Client) HeldOut(ctx context.Context, seed [32]byte, n int) (task.Exam, error) {
	var out questionsResponse
	if err := c.call(ctx, http.MethodPost, pathHeldOut, heldOutRequest{Seed: seed[:], N: n}, &out); err != nil {
		return task.Exam{}, err
	}
	return task.Exam{Questions: out.Questions, Judge: Examiner{c}}, nil
}

// Examiner implements task.Examiner over a Client.
type Examiner struct{ c *Client }

// NewExaminer returns the examiner behind an opened client.
func NewExaminer(c *Client) Examiner { return Examiner{c} }

// Questions implements task.Examiner. What comes back is checked: only miners of
// the round, no more than PerMiner for each, unique identifiers, JSON bodies, weights.
func (e Examiner) Questions(ctx context.Context, r task.Round) ([]task.Question, error) {
	var out questionsResponse
	if err := e.c.call(ctx, http.MethodPost, pathQuestions, r, &out); err != nil {
		return nil, err
	}
	left := map[task.MinerID]int{}
	for _, m := range r.Miners {
		left[m] = r.PerMiner
	}
	ids := map[string]bool{}
	for _, q := range out.Questions {
		switch {
		case left[q.Miner] == 0:
			return nil, fmt.Errorf("external %s: miner %q is not in the round or has more than %d questions", pathQuestions, q.Miner, r.PerMiner)
		case q.ID == "" || ids[q.ID]:
			return nil, fmt.Errorf("external %s: question id %q is empty or there twice", pathQuestions, q.ID)
		case len(q.Body) == 0:
			return nil, fmt.Errorf("external %s: question %s has no body", pathQuestions, q.ID)
		case q.Round != r.Number:
			return nil, fmt.Errorf("external %s: question %s is of round %d, want %d", pathQuestions, q.ID, q.Round, r.Number)
		case q.Weight < 0 || q.Weight > task.MaxWeight:
			return nil, fmt.Errorf("external %s: question %s: weight %v, want 0 to %v", pathQuestions, q.ID, q.Weight, task.MaxWeight)
		}
		left[q.Miner]--
		ids[q.ID] = true
	}
	return out.Questions, nil
}

// Judge implements task.Judge. A quality or chance outside [0, 1] is an error.
func (e Examiner) Judge(ctx context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	var j task.Judgement
	if err := e.c.call(ctx, http.MethodPost, pathJudge, judgeRequest{q, a}, &j); err != nil {
		return task.Judgement{}, err
	}
	return j, checkJudgement(pathJudge, q.ID, j)
}

// Settle implements task.Examiner. The other program may change judgements, not
// questions or answers: those are taken from what was sent.
func (e Examiner) Settle(ctx context.Context, results []task.Result) ([]task.Result, error) {
	var out settleBody
	if err := e.c.call(ctx, http.MethodPost, pathSettle, settleBody{results}, &out); err != nil {
		return nil, err
	}
	if len(out.Results) != len(results) {
		return nil, fmt.Errorf("external %s: %d results came back of %d", pathSettle, len(out.Results), len(results))
	}
	settled := append([]task.Result(nil), results...)
	for i := range settled {
		got := out.Results[i]
		if got.Question.ID != settled[i].Question.ID {
			return nil, fmt.Errorf("external %s: result %d is of question %q, want %q", pathSettle, i, got.Question.ID, settled[i].Question.ID)
		}
		if err := checkJudgement(pathSettle, got.Question.ID, got.Judgement); err != nil {
			return nil, err
		}
		settled[i].Judgement = got.Judgement
	}
	return settled, nil
}

func checkJudgement(path, id string, j task.Judgement) error {
	if !(j.Quality >= 0 && j.Quality <= 1) || !(j.Chance >= 0 && j.Chance <= 1) {
		return fmt.Errorf("external %s: question %s: quality %v, chance %v: want 0 to 1", path, id, j.Quality, j.Chance)
	}
	return nil
}

// State implements task.Examiner.
func (e Examiner) State() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
	defer cancel()
	return e.c.do(ctx, http.MethodGet, pathState, nil)
}

// Restore implements task.Examiner.
func (e Examiner) Restore(state []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
	defer cancel()
	_, err := e.c.do(ctx, http.MethodPut, pathState, state)
	return err
}

// Expert implements task.Expert over a Client.
type Expert struct {
	c       *Client
	name    string
	version [32]byte
}

// NewExpert asks the other program for its name and version.
func NewExpert(ctx context.Context, c *Client) (*Expert, error) {
	var r expertResponse
	if err := c.call(ctx, http.MethodGet, pathExpert, nil, &r); err != nil {
		return nil, err
	}
	v, err := hex.DecodeString(r.Version)
	if err != nil || len(v) != 32 {
		return nil, fmt.Errorf("external %s: version %.80q: want 64 hex digits", pathExpert, r.Version)
	}
	if r.Name == "" {
		return nil, fmt.Errorf("external %s: name is empty", pathExpert)
	}
	return &Expert{c: c, name: r.Name, version: [32]byte(v)}, nil
}

// Name implements task.Expert.
func (e *Expert) Name() string { return e.name }

// Version implements task.Expert.
func (e *Expert) Version() [32]byte { return e.version }

// Answer implements task.Expert.
func (e *Expert) Answer(ctx context.Context, body []byte) ([]byte, error) {
	return e.c.do(ctx, http.MethodPost, pathAnswer, body)
}
