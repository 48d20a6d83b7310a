package wire_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"

	"millrace/connectors/kafka/wire"
)

// request reads our request with another implementation and returns it.
func request(t *testing.T, m wire.Message) kmsg.Request {
	t.Helper()
	frame := wire.AppendRequest(nil, m, 7, "me")
	if n := binary.BigEndian.Uint32(frame); int(n) != len(frame)-4 {
		t.Fatalf("size %d of %d bytes", n, len(frame)-4)
	}
	a := m.API()
	r := kmsg.RequestForKey(a.Key)
	r.SetVersion(a.Version)
	if r.IsFlexible() != a.Flexible {
		t.Fatalf("%T: flexible is %v", m, a.Flexible)
	}
	head := binary.BigEndian.AppendUint16(nil, uint16(a.Key))
	head = binary.BigEndian.AppendUint16(head, uint16(a.Version))
	head = append(head, 0, 0, 0, 7, 0, 2, 'm', 'e')
	if a.Flexible {
		head = append(head, 0)
	}
	if !bytes.HasPrefix(frame[4:], head) {
		t.Fatalf("header % x, want % x", frame[4:4+len(head)], head)
	}
	body := frame[4+len(head):]
	if err := r.ReadFrom(body); err != nil {
		t.Fatalf("%T: %v", m, err)
	}
	if again := r.AppendTo(nil); !bytes.Equal(again, body) {
		t.Errorf("%T: the request is\n% x\nthe other implementation writes\n% x", m, body, again)
	}
	return r
}

// answer lets our message read an answer of another implementation.
func answer(t *testing.T, m wire.Message, r kmsg.Response) {
	t.Helper()
	a := m.API()
	r.SetVersion(a.Version)
	frame := []byte{0, 0, 0, 7}
	if a.Flexible && a.Key != 18 {
		frame = append(frame, 0)
	}
	frame = r.AppendTo(frame)
	if err := wire.ReadResponse(frame, m, 7); err != nil {
		t.Fatalf("%T: %v", m, err)
	}
	// Any shorter frame is an error, not a panic.
	for n := range frame {
		_ = wire.ReadResponse(frame[:n:n], m, 7)
	}
	if err := wire.ReadResponse(frame, m, 7); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestClusterMessages(t *testing.T) {
	v := &wire.APIVersions{}
	request(t, v)
	vr := kmsg.NewPtrApiVersionsResponse()
	vr.ApiKeys = []kmsg.ApiVersionsResponseApiKey{{ApiKey: 1, MinVersion: 4, MaxVersion: 17}, {ApiKey: 3, MinVersion: 0, MaxVersion: 8}}
	vr.FinalizedFeatures = []kmsg.ApiVersionsResponseFinalizedFeature{{Name: "transaction.version", MaxVersionLevel: 2, MinVersionLevel: 2}}
	vr.SupportedFeatures = []kmsg.ApiVersionsResponseSupportedFeature{{Name: "transaction.version", MaxVersion: 2}}
	answer(t, v, vr)
	same(t, v.Ranges, []wire.VersionRange{{Key: 1, Min: 4, Max: 17}, {Key: 3, Min: 0, Max: 8}})
	if v.Level("transaction.version") != 2 || v.Level("x") != -1 || v.Max(1) != 17 || v.Max(99) != -1 {
		t.Errorf("features %v", v.Features)
	}
	if !v.Understands(&wire.Fetch{}) || v.Understands(&wire.Metadata{}) {
		t.Error("Understands is wrong")
	}

	m := &wire.Metadata{Topics: []string{"a", "bb"}}
	if r := request(t, m).(*kmsg.MetadataRequest); len(r.Topics) != 2 || *r.Topics[1].Topic != "bb" || r.AllowAutoTopicCreation {
		t.Errorf("request %+v", r)
	}
	if r := request(t, &wire.Metadata{All: true}).(*kmsg.MetadataRequest); r.Topics != nil {
		t.Errorf("request %+v", r)
	}
	mr := kmsg.NewPtrMetadataResponse()
	mr.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "h", Port: 9092, Rack: new("r")}}
	mr.ControllerID, mr.ClusterID = 1, new("c")
	mr.Topics = []kmsg.MetadataResponseTopic{{Topic: new("a"), IsInternal: true, Partitions: []kmsg.MetadataResponseTopicPartition{
		{Partition: 3, Leader: 1, LeaderEpoch: 5, Replicas: []int32{1, 2}, ISR: []int32{1}, OfflineReplicas: []int32{}},
		{Partition: 4, Leader: -1, LeaderEpoch: -1, ErrorCode: 5},
	}}, {Topic: new("bb"), ErrorCode: 3}}
	answer(t, m, mr)
	same(t, m.Brokers, []wire.Broker{{ID: 1, Host: "h", Port: 9092, Rack: "r"}})
	same(t, m.Found, []wire.TopicInfo{{Name: "a", Internal: true, Partitions: []wire.PartitionInfo{
		{Index: 3, Leader: 1, Epoch: 5},
		{Code: wire.LeaderNotAvailable, Index: 4, Leader: -1, Epoch: -1},
	}}, {Name: "bb", Code: wire.UnknownTopicOrPartition}})

	f := &wire.FindCoordinator{Key: "g", Transaction: true}
	if r := request(t, f).(*kmsg.FindCoordinatorRequest); r.CoordinatorKey != "g" || r.CoordinatorType != 1 {
		t.Errorf("request %+v", r)
	}
	answer(t, f, &kmsg.FindCoordinatorResponse{ErrorCode: 15, ErrorMessage: new("why"), NodeID: 2, Host: "x", Port: 1})
	same(t, f, &wire.FindCoordinator{Key: "g", Transaction: true, Code: 15, Text: "why", Broker: wire.Broker{ID: 2, Host: "x", Port: 1}})

	l := &wire.ListOffsets{Committed: true, Topics: []wire.OffsetTopic{{Name: "a", Partitions: []wire.OffsetPartition{{Index: 2, Epoch: 4, Time: wire.Earliest}}}}}
	if r := request(t, l).(*kmsg.ListOffsetsRequest); r.IsolationLevel != 1 || r.Topics[0].Partitions[0].Timestamp != -2 || r.ReplicaID != -1 {
		t.Errorf("request %+v", r)
	}
	answer(t, l, &kmsg.ListOffsetsResponse{Topics: []kmsg.ListOffsetsResponseTopic{{Topic: "a", Partitions: []kmsg.ListOffsetsResponseTopicPartition{
		{Partition: 2, ErrorCode: 6, Timestamp: 12, Offset: 34, LeaderEpoch: 5},
	}}}})
	same(t, l.Topics, []wire.OffsetTopic{{Name: "a", Partitions: []wire.OffsetPartition{{Index: 2, Code: 6, Found: 12, Offset: 34, Leader: 5}}}})

	o := &wire.OffsetForLeaderEpoch{Topics: []wire.EpochTopic{{Name: "a", Partitions: []wire.EpochPartition{{Index: 2, Current: 4, Epoch: 3}}}}}
	if r := request(t, o).(*kmsg.OffsetForLeaderEpochRequest); r.Topics[0].Partitions[0].LeaderEpoch != 3 {
		t.Errorf("request %+v", r)
	}
	answer(t, o, &kmsg.OffsetForLeaderEpochResponse{Topics: []kmsg.OffsetForLeaderEpochResponseTopic{{
		Topic:      "a",
		Partitions: []kmsg.OffsetForLeaderEpochResponseTopicPartition{{ErrorCode: 74, Partition: 2, LeaderEpoch: 3, EndOffset: 99}},
	}}})
	same(t, o.Topics, []wire.EpochTopic{{Name: "a", Partitions: []wire.EpochPartition{{Index: 2, Epoch: 3, Code: 74, End: 99}}}})
}

func TestGroupMessages(t *testing.T) {
	f := &wire.OffsetFetch{Group: "g", Stable: true, Topics: []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 2}}}}}
	if r := request(t, f).(*kmsg.OffsetFetchRequest); !r.RequireStable || r.Group != "g" || r.Topics[0].Partitions[0] != 2 {
		t.Errorf("request %+v", r)
	}
	answer(t, f, &kmsg.OffsetFetchResponse{ErrorCode: 14, Topics: []kmsg.OffsetFetchResponseTopic{{Topic: "a", Partitions: []kmsg.OffsetFetchResponseTopicPartition{
		{Partition: 2, Offset: 5, LeaderEpoch: 1, Metadata: new("m"), ErrorCode: 88},
	}}}})
	same(t, f.Topics, []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 2, Offset: 5, Epoch: 1, Metadata: "m", Code: 88}}}})
	if f.Code != 14 || wire.FirstCode(f.Topics) != 88 {
		t.Errorf("codes %v %v", f.Code, wire.FirstCode(f.Topics))
	}
	c := &wire.OffsetCommit{Group: "g", Topics: []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 2, Offset: 9, Epoch: 1, Metadata: "m"}}}}}
	if r := request(t, c).(*kmsg.OffsetCommitRequest); r.Generation != -1 || r.MemberID != "" || r.Topics[0].Partitions[0].Offset != 9 {
		t.Errorf("request %+v", r)
	}
	answer(t, c, &kmsg.OffsetCommitResponse{Topics: []kmsg.OffsetCommitResponseTopic{{Topic: "a", Partitions: []kmsg.OffsetCommitResponseTopicPartition{{Partition: 2, ErrorCode: 16}}}}})
	same(t, c.Topics, []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 2, Code: 16}}}})
}

func TestFetchAndProduce(t *testing.T) {
	f := &wire.Fetch{
		MaxWaitMillis: 5, MinBytes: 1, MaxBytes: 100, Committed: true, Rack: "r",
		Topics: []wire.FetchTopic{{Name: "a", Partitions: []wire.FetchPartition{{Index: 2, Epoch: 3, Offset: 4, MaxBytes: 50}}}},
	}
	if r := request(t, f).(*kmsg.FetchRequest); r.SessionEpoch != -1 || r.IsolationLevel != 1 || r.Rack != "r" || r.Topics[0].Partitions[0].CurrentLeaderEpoch != 3 ||
		r.Topics[0].Partitions[0].FetchOffset != 4 {
		t.Errorf("request %+v", r)
	}
	fr := &kmsg.FetchResponse{Topics: []kmsg.FetchResponseTopic{{Topic: "a", Partitions: []kmsg.FetchResponseTopicPartition{
		{
			Partition: 2, HighWatermark: 10, LastStableOffset: 8, LogStartOffset: 1, PreferredReadReplica: -1, RecordBatches: []byte("records"),
			AbortedTransactions: []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 7, FirstOffset: 3}},
		},
		{Partition: 3, ErrorCode: 1, HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1, PreferredReadReplica: -1},
	}}}}
	answer(t, f, fr)
	want := []wire.FetchedTopic{{Name: "a", Partitions: []wire.FetchedPartition{
		{Index: 2, High: 10, Stable: 8, Start: 1, Replica: -1, Records: []byte("records"), Aborted: []wire.Aborted{{ProducerID: 7, First: 3}}},
		{Index: 3, Code: 1, High: -1, Stable: -1, Start: -1, Replica: -1, Aborted: []wire.Aborted{}, Records: []byte{}},
	}}}
	got := f.Found
	got[0].Partitions[1].Aborted = []wire.Aborted{}
	if got[0].Partitions[1].Records == nil {
		got[0].Partitions[1].Records = []byte{}
	}
	same(t, got, want)

	for _, modern := range []bool{false, true} {
		p := &wire.Produce{
			Modern: modern, TransactionID: "x", Acks: -1, TimeoutMillis: 9,
			Topics: []wire.ProduceTopic{{Name: "a", Partitions: []wire.ProducePartition{{Index: 2, Records: []byte("batch")}}}},
		}
		if r := request(t, p).(*kmsg.ProduceRequest); *r.TransactionID != "x" || r.Acks != -1 || string(r.Topics[0].Partitions[0].Records) != "batch" {
			t.Errorf("request %+v", r)
		}
		part := kmsg.NewProduceResponseTopicPartition()
		part.Partition, part.ErrorCode, part.BaseOffset, part.LogAppendTime, part.LogStartOffset = 2, 45, 12, -1, 0
		part.ErrorRecords = []kmsg.ProduceResponseTopicPartitionErrorRecord{{RelativeOffset: 1, ErrorMessage: new("bad")}}
		part.ErrorMessage = new("all bad")
		answer(t, p, &kmsg.ProduceResponse{Topics: []kmsg.ProduceResponseTopic{{Topic: "a", Partitions: []kmsg.ProduceResponseTopicPartition{part}}}})
		same(t, p.Found, []wire.ProducedTopic{{Name: "a", Partitions: []wire.ProducedPartition{
			{Index: 2, Code: 45, Offset: 12, Time: -1, Faults: []wire.RecordFault{{Index: 1, Message: "bad"}}, Message: "all bad"},
		}}})
	}
	if r := request(t, &wire.Produce{}).(*kmsg.ProduceRequest); r.TransactionID != nil {
		t.Errorf("request %+v", r)
	}
}

func TestTransactionMessages(t *testing.T) {
	who := wire.Producer{ID: 5, Epoch: 2}
	for _, modern := range []bool{false, true} {
		i := &wire.InitProducerID{Modern: modern, TransactionID: "x", TimeoutMillis: 9, Before: wire.NoProducer()}
		if r := request(t, i).(*kmsg.InitProducerIDRequest); *r.TransactionalID != "x" || r.ProducerID != -1 || r.ProducerEpoch != -1 {
			t.Errorf("request %+v", r)
		}
		answer(t, i, &kmsg.InitProducerIDResponse{ErrorCode: 51, ProducerID: 5, ProducerEpoch: 2})
		if i.Code != 51 || i.Producer != who {
			t.Errorf("answer %+v", i)
		}
		o := &wire.TxnOffsetCommit{
			Modern: modern, TransactionID: "x", Group: "g", Producer: who,
			Topics: []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 1, Offset: 8, Epoch: -1, Metadata: "m"}}}},
		}
		if r := request(t, o).(*kmsg.TxnOffsetCommitRequest); r.Generation != -1 || r.MemberID != "" || r.InstanceID != nil || r.Topics[0].Partitions[0].Offset != 8 {
			t.Errorf("request %+v", r)
		}
		answer(t, o, &kmsg.TxnOffsetCommitResponse{Topics: []kmsg.TxnOffsetCommitResponseTopic{{Topic: "a", Partitions: []kmsg.TxnOffsetCommitResponseTopicPartition{{Partition: 1, ErrorCode: 3}}}}})
		same(t, o.Found, []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 1, Code: 3}}}})
		e := &wire.EndTxn{Modern: modern, TransactionID: "x", Producer: who, Commit: true}
		if r := request(t, e).(*kmsg.EndTxnRequest); !r.Commit || r.ProducerEpoch != 2 {
			t.Errorf("request %+v", r)
		}
		answer(t, e, &kmsg.EndTxnResponse{ErrorCode: 48, ProducerID: 5, ProducerEpoch: 3})
		next := wire.Producer{ID: 5, Epoch: 2}
		if modern {
			next.Epoch = 3
		}
		if e.Code != 48 || e.Next != next {
			t.Errorf("answer %+v", e)
		}
	}
	a := &wire.AddPartitionsToTxn{TransactionID: "x", Producer: who, Topics: []wire.TopicPartitions{{Name: "a", Partitions: []int32{1, 2}}}}
	request(t, a)
	answer(t, a, &kmsg.AddPartitionsToTxnResponse{Topics: []kmsg.AddPartitionsToTxnResponseTopic{{Topic: "a", Partitions: []kmsg.AddPartitionsToTxnResponseTopicPartition{{Partition: 1, ErrorCode: 51}}}}})
	same(t, a.Found, []wire.GroupTopic{{Name: "a", Partitions: []wire.GroupPartition{{Index: 1, Code: 51}}}})
	g := &wire.AddOffsetsToTxn{TransactionID: "x", Producer: who, Group: "g"}
	request(t, g)
	answer(t, g, &kmsg.AddOffsetsToTxnResponse{ErrorCode: 16})
	if g.Code != wire.NotCoordinator {
		t.Errorf("answer %+v", g)
	}
	d := &wire.DescribeTransactions{IDs: []string{"x"}}
	request(t, d)
	answer(t, d, &kmsg.DescribeTransactionsResponse{TransactionStates: []kmsg.DescribeTransactionsResponseTransactionState{{
		TransactionalID: "x", State: "Ongoing",
		TimeoutMillis: 1, StartTimestamp: 2, ProducerID: 5, ProducerEpoch: 2, Topics: []kmsg.DescribeTransactionsResponseTransactionStateTopic{{Topic: "a", Partitions: []int32{1}}},
	}}})
	same(t, d.Found, []wire.TransactionState{{
		ID: "x", State: "Ongoing", TimeoutMillis: 1, StartMillis: 2, Producer: who,
		Topics: []wire.TopicPartitions{{Name: "a", Partitions: []int32{1}}},
	}})
	l := &wire.ListTransactions{States: []string{"Ongoing"}}
	request(t, l)
	answer(t, l, &kmsg.ListTransactionsResponse{
		UnknownStateFilters: []string{"y"},
		TransactionStates:   []kmsg.ListTransactionsResponseTransactionState{{TransactionalID: "x", ProducerID: 5, TransactionState: "Ongoing"}},
	})
	same(t, l.Found, []wire.ListedTransaction{{ID: "x", ProducerID: 5, State: "Ongoing"}})
	p := &wire.DescribeProducers{Topics: []wire.TopicPartitions{{Name: "a", Partitions: []int32{1}}}}
	request(t, p)
	answer(t, p, &kmsg.DescribeProducersResponse{Topics: []kmsg.DescribeProducersResponseTopic{{Topic: "a", Partitions: []kmsg.DescribeProducersResponseTopicPartition{
		{Partition: 1, ActiveProducers: []kmsg.DescribeProducersResponseTopicPartitionActiveProducer{{ProducerID: 5, ProducerEpoch: 2, LastSequence: 3, LastTimestamp: 4, CoordinatorEpoch: 6, CurrentTxnStartOffset: -1}}},
	}}}})
	same(t, p.Found, []wire.ProducersTopic{{Name: "a", Partitions: []wire.ProducersPartition{{
		Index:     1,
		Producers: []wire.ActiveProducer{{ID: 5, Epoch: 2, LastSequence: 3, LastMillis: 4, CoordinatorEpoch: 6, TxnStart: -1}},
	}}}})
}
