namespace Binlog.Service.Commands;

/// <summary>What a verb does once its command line was read.</summary>
/// <param name="options">Checked options.</param>
/// <param name="context">Where results and logs go.</param>
/// <param name="cancellationToken">Cancelled when the process is asked to stop.</param>
/// <returns>An <see cref="Hosting.ExitCode"/>.</returns>
internal delegate Task<int> VerbHandler<in TOptions>(TOptions options, VerbContext context, CancellationToken cancellationToken);
