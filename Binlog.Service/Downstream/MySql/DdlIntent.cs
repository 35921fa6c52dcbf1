namespace Binlog.Service.Downstream.MySql;

/// <summary>A DDL statement that was about to be run when the checkpoint's row was last written.</summary>
/// <param name="CommitTs">Commit TS of the schema change.</param>
/// <param name="JobId">Its job.</param>
/// <param name="Step">Which of the change's statements, from 0.</param>
/// <param name="Fingerprint">Of the objects concerned, before the statement.</param>
internal sealed record DdlIntent(ulong CommitTs, long JobId, int Step, string Fingerprint);
