namespace Binlog.MySql.Sessions;

/// <summary>How the server answered a whole command: with results, or with an error after which the session goes on.</summary>
internal readonly record struct CommandOutcome(MySqlOk Ok, MySqlException? Error);
