namespace Binlog.MySql.Sessions;

/// <summary>What KILL ends.</summary>
internal enum KillScope
{
    Query,
    Connection,
}
