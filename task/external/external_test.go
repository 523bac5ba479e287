package external_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/external"
)

// echo is a task of which the answer is the question.
type echo struct {
	rounds uint64
	seed   [32]byte
}

func (e *echo) Questions(_ context.Context, r task.Round) ([]task.Question, error) {
	var out []task.Question
	for _, m := range r.Miners {
		for i := range r.PerMiner {
			word := fmt.Sprintf("%x-%d-%s-%d", e.seed[0], r.Number, m, i)
			body, _ := json.Marshal(word)
			out = append(out, task.Question{ID: word, Round: r.Number, Miner: m, Item: word, Body: body, Expectation: body})
		}
	}
	return out, nil
}

func (e *echo) Judge(_ context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	var want, got string
	if err := json.Unmarshal(q.Expectation, &want); err != nil {
		return task.Judgement{}, err
	}
	if json.Unmarshal(a.Body, &got) == nil && got == want {
		return task.Judgement{Quality: 1, Label: got}, nil
	}
	return task.Judgement{Reasons: []string{"wrong"}}, nil
}

func (e *echo) Settle(_ context.Context, rs []task.Result) ([]task.Result, error) {
	e.rounds++
	out := append([]task.Result(nil), rs...)
	out[0].Judgement.Quality = 0.5
	return out, nil
}

func (e *echo) State() ([]byte, error) { return json.Marshal(e.rounds) }

func (e *echo) Restore(state []byte) error {
	if err := json.Unmarshal(state, &e.rounds); err != nil {
		return fmt.Errorf("%w: %w", task.ErrBadState, err)
	}
	return nil
}

func (e *echo) Name() string      { return "echo" }
func (e *echo) Version() [32]byte { return [32]byte{9} }

func (e *echo) Answer(_ context.Context, body []byte) ([]byte, error) {
	switch string(body) {
	case `"busy"`:
		return nil, task.ErrOverloaded
	case `"bad"`:
		return nil, &task.BadRequest{Field: "x", Reason: "is bad"}
	case `"broken"`:
		return nil, fmt.Errorf("the model fell over")
	}
	return body, nil
}

func echoTask() *task.Task {
	d := external.Task().Descriptor
	d.Kind, d.Version = "echo", 3
	return &task.Task{
		Descriptor: d,
		NewExaminer: func(_ context.Context, cfg task.ExaminerConfig) (task.Examiner, error) {
			if string(cfg.Params) == `"bad"` {
				return nil, fmt.Errorf("%w: bad", task.ErrBadParameters)
			}
			return &echo{seed: cfg.Seed}, nil
		},
		HeldOut: func(_ context.Context, _ task.ExaminerConfig, n int) (task.Exam, error) {
			var qs []task.Question
			for i := range n {
				body, _ := json.Marshal(fmt.Sprint(i))
				qs = append(qs, task.Question{ID: fmt.Sprint(i), Body: body, Expectation: body})
			}
			return task.Exam{Questions: qs}, nil
		},
	}
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func config(url, params string) task.ExaminerConfig {
	return task.ExaminerConfig{Endpoint: url, Params: json.RawMessage(params), Seed: [32]byte{7}}
}

// TestWholeRound is a validator's round, a restart and an exam over real HTTP.
func TestWholeRound(t *testing.T) {
	ctx := context.Background()
	url := serve(t, (&external.Server{Task: echoTask(), Expert: &echo{}}).Handler())
	k := external.Task()
	require.NoError(t, k.Validate())
	cfg := config(url, `{"name":"echo","version":3}`)
	x, err := k.NewExaminer(ctx, cfg)
	require.NoError(t, err)
	e, err := external.Spec().New(ctx, task.ExpertConfig{Endpoint: url})
	require.NoError(t, err)
	require.Equal(t, "echo", e.Name())
	require.Equal(t, [32]byte{9}, e.Version())

	qs, err := x.Questions(ctx, task.Round{Number: 5, Miners: []task.MinerID{"a", "b"}, PerMiner: 2})
	require.NoError(t, err)
	require.Len(t, qs, 4)
	require.Equal(t, "7-5-a-0", qs[0].ID, "the seed reached the program")
	var rs []task.Result
	for _, q := range qs {
		body, err := e.Answer(ctx, q.Body)
		require.NoError(t, err)
		a := task.Answer{Body: body}
		j, err := x.Judge(ctx, q, a)
		require.NoError(t, err)
		require.Equal(t, 1.0, j.Quality)
		rs = append(rs, task.Result{Question: q, Answer: a, Judgement: j})
	}
	settled, err := x.Settle(ctx, rs)
	require.NoError(t, err)
	require.Equal(t, 0.5, settled[0].Judgement.Quality)
	require.Equal(t, rs[1], settled[1])

	state, err := x.State()
	require.NoError(t, err)
	require.JSONEq(t, "1", string(state))
	require.NoError(t, x.Restore([]byte("41")))
	require.ErrorIs(t, x.Restore([]byte(`"x"`)), task.ErrBadState)
	_, err = x.Settle(ctx, rs)
	require.NoError(t, err)
	state, err = x.State()
	require.NoError(t, err)
	require.JSONEq(t, "42", string(state))

	exam, err := k.HeldOut(ctx, cfg, 10)
	require.NoError(t, err)
	acc, err := task.MeasureAccuracy(ctx, e, exam)
	require.NoError(t, err)
	require.Equal(t, 10, acc.Asked)
	require.Equal(t, 1.0, acc.Mean)
}

func TestErrorsKeepTheirKind(t *testing.T) {
	ctx := context.Background()
	url := serve(t, (&external.Server{Task: echoTask(), Expert: &echo{}}).Handler())
	e, err := external.Spec().New(ctx, task.ExpertConfig{Endpoint: url})
	require.NoError(t, err)
	_, err = e.Answer(ctx, []byte(`"busy"`))
	require.ErrorIs(t, err, task.ErrOverloaded)
	_, err = e.Answer(ctx, []byte(`"bad"`))
	require.ErrorIs(t, err, task.ErrBadRequest)
	require.ErrorContains(t, err, "is bad")
	_, err = e.Answer(ctx, []byte(`not json`))
	require.ErrorIs(t, err, task.ErrBadRequest)
	_, err = e.Answer(ctx, []byte(`"broken"`))
	require.NotErrorIs(t, err, task.ErrBadRequest)
	require.ErrorContains(t, err, "fell over")

	k := external.Task()
	for name, c := range map[string]struct {
		cfg  task.ExaminerConfig
		kind error
		says string
	}{
		"no-params":        {config(url, ``), task.ErrBadParameters, ""},
		"no-name":          {config(url, `{"version":3}`), task.ErrBadParameters, "name"},
		"program-refuses":  {config(url, `{"name":"echo","version":3,"params":"bad"}`), task.ErrBadParameters, ""},
		"another-program":  {config(url, `{"name":"chess","version":3}`), nil, `the subnet wants "chess"`},
		"another-version":  {config(url, `{"name":"echo","version":4}`), nil, "version 4"},
		"no-endpoint":      {config("", `{"name":"echo","version":3}`), nil, "no endpoint"},
		"not-an-url":       {config("127.0.0.1:1", `{"name":"echo","version":3}`), nil, "want a URL"},
		"not-local":        {config("http://192.0.2.1:1", `{"name":"echo","version":3}`), nil, "loopback"},
		"nobody-listening": {config("http://127.0.0.1:1", `{"name":"echo","version":3}`), nil, "refused"},
		"without-examiner": {config(serve(t, (&external.Server{}).Handler()), `{"name":"echo","version":3}`), nil, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.NewExaminer(ctx, c.cfg)
			require.Error(t, err)
			if c.kind != nil {
				require.ErrorIs(t, err, c.kind)
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestProgramThatLies: what the other program says is checked before it counts.
func TestProgramThatLies(t *testing.T) {
	ctx := context.Background()
	r := task.Round{Number: 1, Miners: []task.MinerID{"a"}, PerMiner: 1}
	q := task.Question{ID: "1", Round: 1, Miner: "a", Body: json.RawMessage(`{}`)}
	for name, c := range map[string]struct{ path, body, says string }{
		"heavy":          {"/v1/questions", `{"questions":[{"id":"1","round":1,"miner":"a","weight":9,"body":{}}]}`, "weight 9, want 0 to 8"},
		"stranger":       {"/v1/questions", `{"questions":[{"id":"1","round":1,"miner":"z","body":{}}]}`, "not in the round"},
		"too-many":       {"/v1/questions", `{"questions":[{"id":"1","round":1,"miner":"a","body":{}},{"id":"2","round":1,"miner":"a","body":{}}]}`, "more than 1"},
		"no-id":          {"/v1/questions", `{"questions":[{"round":1,"miner":"a","body":{}}]}`, "empty"},
		"no-body":        {"/v1/questions", `{"questions":[{"id":"1","round":1,"miner":"a"}]}`, "no body"},
		"another-round":  {"/v1/questions", `{"questions":[{"id":"1","round":2,"miner":"a","body":{}}]}`, "want 1"},
		"not-json":       {"/v1/questions", `nonsense`, "invalid"},
		"quality-of-two": {"/v1/judge", `{"quality":2}`, "want 0 to 1"},
		"lost-a-result":  {"/v1/settle", `{"results":[]}`, "0 results"},
		"swapped-result": {"/v1/settle", `{"results":[{"question":{"id":"2"}}]}`, `want "1"`},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				require.Equal(t, c.path, req.URL.Path)
				fmt.Fprint(w, c.body)
			}))
			client, err := external.NewClient(url, external.ClientOptions{})
			require.NoError(t, err)
			x := external.NewExaminer(client)
			switch c.path {
			case "/v1/questions":
				_, err = x.Questions(ctx, r)
			case "/v1/judge":
				_, err = x.Judge(ctx, q, task.Answer{})
			default:
				_, err = x.Settle(ctx, []task.Result{{Question: q}})
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestExpertVersionIsChecked(t *testing.T) {
	for _, body := range []string{`{"name":"x","version":"00"}`, `{"name":"","version":"` + fmt.Sprintf("%064d", 0) + `"}`, `{}`} {
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		_, err := external.Spec().New(context.Background(), task.ExpertConfig{Endpoint: url})
		require.Error(t, err, body)
	}
}

func TestNotOpenedYet(t *testing.T) {
	url := serve(t, (&external.Server{Task: echoTask()}).Handler())
	client, err := external.NewClient(url, external.ClientOptions{})
	require.NoError(t, err)
	x := external.NewExaminer(client)
	_, err = x.State()
	require.ErrorContains(t, err, "not open")
	_, err = x.Questions(context.Background(), task.Round{Miners: []task.MinerID{"a"}, PerMiner: 1})
	require.ErrorContains(t, err, "not open")
}
