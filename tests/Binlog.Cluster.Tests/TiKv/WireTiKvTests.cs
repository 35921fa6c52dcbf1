using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.TiKv;
using Google.Protobuf;

namespace Binlog.Cluster.Tests.TiKv;

/// <summary>Bytes of every message against hex made by hand from kvproto's definitions: field key, length, value. 300 is ac02, 301 ad02, 3000 b817.</summary>
public sealed class WireTiKvTests
{
    private static readonly ByteString A = ByteString.CopyFromUtf8("a"), B = ByteString.CopyFromUtf8("b"), K = ByteString.CopyFromUtf8("k"), P = ByteString.CopyFromUtf8("p"), V = ByteString.CopyFromUtf8("v");

    private static Context Region2 => new() { RegionId = 2 };

    [Fact]
    public void Context_Bytes() => AssertBytes(
        new Context { RegionId = 2, RegionEpoch = new RegionEpoch { ConfVer = 1, Version = 3 }, Peer = new Peer { Id = 4, StoreId = 1 }, NotFillCache = true, ResolvedLocks = { 300, 5 } },
        "08 02",               // 1 region_id
        "12 04 08 01 10 03",   // 2 region_epoch: 1 conf_ver, 2 version
        "1a 04 08 04 10 01",   // 3 peer: 1 id, 2 store_id
        "40 01",               // 8 not_fill_cache
        "6a 03 ac 02 05");     // 13 resolved_locks, packed

    [Fact]
    public void Get_Bytes()
    {
        AssertBytes(
            new GetRequest { Context = Region2, Key = K, Version = 300 },
            "0a 02 08 02",     // 1 context
            "12 01 6b",        // 2 key
            "18 ac 02");       // 3 version
        AssertBytes(new GetResponse { Value = V }, "1a 01 76");  // 3 value
        AssertBytes(new GetResponse { NotFound = true }, "20 01"); // 4 not_found
        AssertBytes(
            new GetResponse { RegionError = new Error { Message = "x", NotLeader = new NotLeader { RegionId = 2, Leader = new Peer { Id = 4, StoreId = 1 } } } },
            "0a 0d",           // 1 region_error
            "0a 01 78",        //   1 message
            "12 08",           //   2 not_leader
            "08 02",           //     1 region_id
            "12 04 08 04 10 01"); //  2 leader
    }

    [Fact]
    public void Locked_Bytes() => AssertBytes(
        new GetResponse
        {
            Error = new KeyError
            {
                Locked = new LockInfo { PrimaryLock = P, LockVersion = 300, Key = K, LockTtl = 3000, TxnSize = 2, LockType = Op.Lock, LockForUpdateTs = 7, UseAsyncCommit = true, MinCommitTs = 301 },
            },
        },
        "12 19",               // 2 error
        "0a 17",               //   1 locked
        "0a 01 70",            //     1 primary_lock
        "10 ac 02",            //     2 lock_version
        "1a 01 6b",            //     3 key
        "20 b8 17",            //     4 lock_ttl
        "28 02",               //     5 txn_size
        "30 02",               //     6 lock_type
        "38 07",               //     7 lock_for_update_ts
        "40 01",               //     8 use_async_commit
        "48 ad 02");           //     9 min_commit_ts

    [Fact]
    public void Scan_Bytes()
    {
        AssertBytes(
            new ScanRequest { Context = Region2, StartKey = A, Limit = 64, Version = 300, KeyOnly = true, EndKey = B },
            "0a 02 08 02",     // 1 context
            "12 01 61",        // 2 start_key
            "18 40",           // 3 limit
            "20 ac 02",        // 4 version
            "28 01",           // 5 key_only
            "3a 01 62");       // 7 end_key
        AssertBytes(
            new ScanResponse
            {
                Pairs = { new KvPair { Key = K, Value = V }, new KvPair { Error = new KeyError { Locked = new LockInfo { Key = A } } } },
                Error = new KeyError { Abort = "z" },
            },
            "12 06 12 01 6b 1a 01 76",    // 2 pairs: 2 key, 3 value
            "12 07 0a 05 0a 03 1a 01 61", // 2 pairs: 1 error: 1 locked: 3 key
            "1a 03 1a 01 7a");            // 3 error: 3 abort
        AssertBytes(new ScanResponse { RegionError = new Error { Message = "x" } }, "0a 03 0a 01 78"); // 1 region_error
    }

    [Fact]
    public void CheckTxnStatus_Bytes()
    {
        AssertBytes(
            new CheckTxnStatusRequest
            {
                Context = Region2, PrimaryKey = P, LockTs = 300, CallerStartTs = 5, CurrentTs = 6, RollbackIfNotExist = true, ForceSyncCommit = true, ResolvingPessimisticLock = true, VerifyIsPrimary = true,
            },
            "0a 02 08 02",     // 1 context
            "12 01 70",        // 2 primary_key
            "18 ac 02",        // 3 lock_ts
            "20 05",           // 4 caller_start_ts
            "28 06",           // 5 current_ts
            "30 01",           // 6 rollback_if_not_exist
            "38 01",           // 7 force_sync_commit
            "40 01",           // 8 resolving_pessimistic_lock
            "48 01");          // 9 verify_is_primary
        AssertBytes(
            new CheckTxnStatusResponse { RegionError = new Error { Message = "x" }, LockTtl = 3000, CommitVersion = 300, Action = TransactionAction.LockNotExistRollback, LockInfo = new LockInfo { Key = K } },
            "0a 03 0a 01 78",  // 1 region_error
            "18 b8 17",        // 3 lock_ttl
            "20 ac 02",        // 4 commit_version
            "28 02",           // 5 action
            "32 03 1a 01 6b"); // 6 lock_info
        AssertBytes(
            new CheckTxnStatusResponse { Error = new KeyError { TxnNotFound = new TxnNotFound { StartTs = 300, PrimaryKey = P } } },
            "12 08",           // 2 error
            "42 06",           //   8 txn_not_found
            "08 ac 02",        //     1 start_ts
            "12 01 70");       //     2 primary_key
        AssertBytes(
            new CheckTxnStatusResponse { Error = new KeyError { PrimaryMismatch = new PrimaryMismatch { LockInfo = new LockInfo { PrimaryLock = P } } } },
            "12 07",           // 2 error
            "5a 05",           //   11 primary_mismatch
            "0a 03 0a 01 70"); //      1 lock_info: 1 primary_lock
    }

    [Fact]
    public void ResolveLock_Bytes()
    {
        AssertBytes(
            new ResolveLockRequest { Context = Region2, StartVersion = 300, CommitVersion = 301, Keys = { K } },
            "0a 02 08 02",     // 1 context
            "10 ac 02",        // 2 start_version
            "18 ad 02",        // 3 commit_version
            "2a 01 6b");       // 5 keys
        AssertBytes(
            new ResolveLockResponse { RegionError = new Error { Message = "x" }, Error = new KeyError { Retryable = "r" } },
            "0a 03 0a 01 78",  // 1 region_error
            "12 03 12 01 72"); // 2 error: 2 retryable
    }

    [Fact]
    public void MvccGetByKey_Bytes()
    {
        AssertBytes(
            new MvccGetByKeyRequest { Context = Region2, Key = K },
            "0a 02 08 02",     // 1 context
            "12 01 6b");       // 2 key
        AssertBytes(
            new MvccGetByKeyResponse { RegionError = new Error { Message = "x" }, Error = "e" },
            "0a 03 0a 01 78",  // 1 region_error
            "12 01 65");       // 2 error
        AssertBytes(
            new MvccGetByKeyResponse
            {
                Info = new MvccInfo
                {
                    Lock = new MvccLock { Type = Op.Del, StartTs = 5, Primary = P, ShortValue = V, Ttl = 9, ForUpdateTs = 10, UseAsyncCommit = true },
                    Writes = { new MvccWrite { Type = Op.Rollback, StartTs = 5, CommitTs = 5 }, new MvccWrite { StartTs = 1, CommitTs = 7, ShortValue = V, HasOverlappedRollback = true } },
                    Values = { new MvccValue { StartTs = 1, Value = V } },
                },
            },
            "1a 2c",                   // 3 info
            "0a 10",                   //   1 lock
            "08 01 10 05 1a 01 70",    //     1 type, 2 start_ts, 3 primary
            "22 01 76 28 09 30 0a",    //     4 short_value, 5 ttl, 6 for_update_ts
            "40 01",                   //     8 use_async_commit
            "12 06 08 03 10 05 18 05", //   2 writes: 1 type, 2 start_ts, 3 commit_ts
            "12 09 10 01 18 07",       //   2 writes: 2 start_ts, 3 commit_ts
            "22 01 76 28 01",          //     4 short_value, 5 has_overlapped_rollback
            "1a 05 08 01 12 01 76");   //   3 values: 1 start_ts, 2 value
    }

    [Fact]
    public void RegionErrors_Bytes()
    {
        AssertBytes(new Error { RegionNotFound = new RegionNotFound { RegionId = 2 } }, "1a 02 08 02");
        AssertBytes(new Error { KeyNotInRegion = new KeyNotInRegion { Key = K, RegionId = 2, StartKey = A, EndKey = B } }, "22 0b", "0a 01 6b 10 02 1a 01 61 22 01 62");
        AssertBytes(
            new Error
            {
                EpochNotMatch = new EpochNotMatch
                {
                    CurrentRegions = { new Region { Id = 2, StartKey = A, EndKey = B, RegionEpoch = new RegionEpoch { ConfVer = 1, Version = 3 }, Peers = { new Peer { Id = 4, StoreId = 1 } } } },
                },
            },
            "2a 16",                // 5 epoch_not_match
            "0a 14",                //   1 current_regions
            "08 02 12 01 61",       //     1 id, 2 start_key
            "1a 01 62",             //     3 end_key
            "22 04 08 01 10 03",    //     4 region_epoch
            "2a 04 08 04 10 01");   //     5 peers
        AssertBytes(new Error { ServerIsBusy = new ServerIsBusy { Reason = "r", BackoffMs = 300 } }, "32 06 0a 01 72 10 ac 02");
        AssertBytes(new Error { StaleCommand = new StaleCommand() }, "3a 00");
        AssertBytes(new Error { StoreNotMatch = new StoreNotMatch { RequestStoreId = 1, ActualStoreId = 7 } }, "42 04 08 01 10 07");
        AssertBytes(new Error { RaftEntryTooLarge = new RaftEntryTooLarge { RegionId = 2, EntrySize = 300 } }, "4a 05 08 02 10 ac 02");
        AssertBytes(new Error { MaxTimestampNotSynced = new MaxTimestampNotSynced() }, "52 00");
        AssertBytes(new Error { ReadIndexNotReady = new ReadIndexNotReady { Reason = "r", RegionId = 2 } }, "5a 05 0a 01 72 10 02");
        AssertBytes(new Error { ProposalInMergingMode = new ProposalInMergingMode { RegionId = 2 } }, "62 02 08 02");
        AssertBytes(new Error { DataIsNotReady = new DataIsNotReady { RegionId = 2, PeerId = 4, SafeTs = 5 } }, "6a 06 08 02 10 04 18 05");
        AssertBytes(new Error { RegionNotInitialized = new RegionNotInitialized { RegionId = 2 } }, "72 02 08 02");
        AssertBytes(new Error { DiskFull = new DiskFull { StoreId = { 1 }, Reason = "r" } }, "7a 06 0a 01 01 12 01 72");
        AssertBytes(new Error { RecoveryInProgress = new RecoveryInProgress { RegionId = 2 } }, "82 01 02 08 02");
        AssertBytes(new Error { FlashbackInProgress = new FlashbackInProgress { RegionId = 2, FlashbackStartTs = 300 } }, "8a 01 05 08 02 10 ac 02");
        AssertBytes(new Error { FlashbackNotPrepared = new FlashbackNotPrepared { RegionId = 2 } }, "92 01 02 08 02");
        AssertBytes(new Error { IsWitness = new IsWitness { RegionId = 2 } }, "9a 01 02 08 02");
        AssertBytes(new Error { MismatchPeerId = new MismatchPeerId { RequestPeerId = 4, StorePeerId = 5 } }, "a2 01 04 08 04 10 05");
        AssertBytes(new Error { BucketVersionNotMatch = new BucketVersionNotMatch { Version = 5 } }, "aa 01 02 08 05");
        AssertBytes(new Error { UndeterminedResult = new UndeterminedResult { Message = "m" } }, "b2 01 03 0a 01 6d");
    }

    [Fact]
    public void Service_PathsAreTiKvs() => Assert.Equal(
        ["tikvpb.Tikv.KvGet", "tikvpb.Tikv.KvScan", "tikvpb.Tikv.KvCheckTxnStatus", "tikvpb.Tikv.KvResolveLock", "tikvpb.Tikv.MvccGetByKey"],
        Tikv.Descriptor.Methods.Select(method => method.FullName));

    [Fact]
    public void Enums_NumbersAreTiKvs()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], new[] { Op.Put, Op.Del, Op.Lock, Op.Rollback, Op.Insert, Op.PessimisticLock, Op.CheckNotExists }.Select(value => (int)value));
        Assert.Equal(
            [0, 1, 2, 3, 4, 5],
            new[]
            {
                TransactionAction.NoAction, TransactionAction.TtlExpireRollback, TransactionAction.LockNotExistRollback, TransactionAction.MinCommitTsPushed,
                TransactionAction.TtlExpirePessimisticRollback, TransactionAction.LockNotExistDoNothing,
            }.Select(value => (int)value));
    }

    [Fact]
    public void Response_FieldsOfNewerStores_AreIgnored()
    {
        // GetResponse of a newer store: 3 value, 6 exec_details_v2 with something in it, 7 commit_ts.
        var response = GetResponse.Parser.ParseFrom(Bytes("1a 01 76", "32 02 08 01", "38 ac 02"));

        Assert.Equal("v", response.Value.ToStringUtf8());
    }

    private static byte[] Bytes(params string[] hex) => Convert.FromHexString(string.Concat(hex).Replace(" ", "", StringComparison.Ordinal));

    private static void AssertBytes<T>(T message, params string[] hex)
        where T : IMessage<T>, new()
    {
        byte[] expected = Bytes(hex);

        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(message.ToByteArray()));
        Assert.Equal(message, new MessageParser<T>(() => new T()).ParseFrom(expected));
    }
}
