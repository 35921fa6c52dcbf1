namespace Binlog.MySql.Errors;

/// <summary>Error numbers that this library gives a meaning to. Below 2000 and from 3000 on the server's, 2000-2999 the client's
/// (numbered as in the C client, so that operators can look them up), 8000-9999 TiDB's.</summary>
internal static class MySqlErrorCode
{
    public const int QueryInterrupted = 1317;
    public const int UnknownThread = 1094;
    public const int CannotConnectSocket = 2002;
    public const int CannotConnect = 2003;
    public const int UnknownHost = 2005;
    public const int ServerGone = 2006;
    public const int HandshakeFailed = 2012;
    public const int ServerLost = 2013;
    public const int TlsFailed = 2026;
    public const int MalformedPacket = 2027;
    public const int PluginUnusable = 2061;

    /// <summary>The connection doesn't exist any more when this is received.</summary>
    public static bool IsConnectionLost(int code) => code
        is 1053    // server shutdown in progress
        or 1077 or 1079 or 1080 // normal, aborting and forced shutdown
        or 1152 or 1184 // aborted connection
        or 1153    // packet bigger than max_allowed_packet: the server closes
        or 1156 or 1157 // packets out of order, not uncompressable
        or 1158 or 1159 or 1160 or 1161 // read error, read timeout, write error, write timeout
        or 1927    // MariaDB: connection was killed
        or 3169    // session was killed
        or 4031    // disconnected for inactivity
        or CannotConnectSocket or CannotConnect or UnknownHost or ServerGone or HandshakeFailed or ServerLost
        or TlsFailed or MalformedPacket;

    /// <summary>The same statement or transaction can succeed when tried again, if need be on a new connection.</summary>
    public static bool IsTransient(int code, string sqlState) => sqlState == "40001" || code
        is 1020    // record has changed since last read (MariaDB's snapshot isolation)
        or 1040    // too many connections
        or 1053 or 1077 or 1079 or 1080 or 1152 or 1184 // shutdown, aborted connection
        or 1158 or 1159 or 1160 or 1161 // network
        or 1203 or 1226 // the user's connections or resources are used up
        or 1205    // lock wait timeout
        or 1206    // lock table full
        or 1213    // deadlock
        or QueryInterrupted
        or 1613 or 1614 // XA branch rolled back: timeout, deadlock
        or 1637    // too many concurrent transactions
        or 1836    // read-only mode, as during a failover
        or 1927    // MariaDB: connection was killed
        or 1969    // MariaDB: max_statement_time
        or 3024    // max_execution_time
        or 3101    // rolled back during commit (group replication)
        or 3168 or 3169 // server not available, session was killed
        or 3572    // NOWAIT and the lock is held
        or 4031    // disconnected for inactivity
        or CannotConnectSocket or CannotConnect or UnknownHost or ServerGone or HandshakeFailed or ServerLost
        or 8002 or 8005 or 8022 // TiDB: transaction can't be retried by itself, write conflict, commit failed but retryable
        or 8027 or 8028 // TiDB: schema out of date, schema changed during the transaction
        or >= 9001 and <= 9007 // TiDB: PD or TiKV timeout, busy, locks, region, GC, write conflict
        or 9010 or 9011 // TiDB: stale command, max timestamp not synced
        or 9012 or 9013; // TiDB: TiFlash timeout, busy
}
