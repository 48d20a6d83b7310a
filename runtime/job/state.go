package job

// State is where a job stands in its life.
type State uint8

// The states, as in Flink.
const (
	Initializing State = iota // being set up
	Created                   // set up, not yet running
	Running
	Failing // its tasks are being stopped after a failure that is not retried
	Failed
	Cancelling // its tasks are being stopped on request
	Canceled
	Finished
	Restarting // stopped after a failure, to be started again
	Suspended  // given up by this process, to be resumed by another
	Reconciling
)

// States is the number of states.
const States = int(Reconciling) + 1

// String is the name of the state as Flink writes it: "RUNNING".
func (s State) String() string {
	return [...]string{
		"INITIALIZING", "CREATED", "RUNNING", "FAILING", "FAILED", "CANCELLING", "CANCELED", "FINISHED", "RESTARTING",
		"SUSPENDED", "RECONCILING",
	}[s]
}

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Terminal tells whether the job has ended in this process.
func (s State) Terminal() bool { return s.GloballyTerminal() || s == Suspended }

// GloballyTerminal tells whether the job has ended for good.
func (s State) GloballyTerminal() bool { return s == Failed || s == Canceled || s == Finished }

// TaskState is where a subtask stands.
type TaskState uint8

// The states of a subtask.
const (
	TaskDeploying TaskState = iota
	TaskRunning
	TaskFinished
	TaskFailed
	TaskCanceled
)

// String is the name as Flink writes it.
func (s TaskState) String() string {
	return [...]string{"DEPLOYING", "RUNNING", "FINISHED", "FAILED", "CANCELED"}[s]
}

// Terminal tells whether the subtask has ended.
func (s TaskState) Terminal() bool { return s >= TaskFinished }
